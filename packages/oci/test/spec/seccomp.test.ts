import type { SeccompProfile } from '@execd/linux/seccomp'
import { toOciSpec } from '@execd/oci'
import { describe, expect, test } from '@jest/globals'
import { type SeccompContext, toOciSeccomp } from '../../dist/spec/seccomp.js'
import { command } from '../support/command.js'

const CONTEXT: SeccompContext = { arch: 'x64', capabilities: [], kernel: '6.1.0' }
const resolved = (profile: object, context: Partial<SeccompContext> = {}) =>
  toOciSeccomp(profile as SeccompProfile, { ...CONTEXT, ...context })

describe('the default profile', () => {
  const of = (process: object = {}, arch: 'x64' | 'arm64' = 'x64') =>
    toOciSpec(command({}, process), { arch, kernel: '6.1.0' }).linux.seccomp
  const named = (name: string, process: object = {}) =>
    (of(process)?.syscalls ?? []).filter(({ names }) => names.includes(name))

  test('has the machine and what goes with it', () => {
    expect(of()?.architectures).toEqual(['SCMP_ARCH_X86_64', 'SCMP_ARCH_X86', 'SCMP_ARCH_X32'])
    expect(of({}, 'arm64')?.architectures).toEqual(['SCMP_ARCH_AARCH64', 'SCMP_ARCH_ARM'])
    expect(of()).toMatchObject({ defaultAction: 'SCMP_ACT_ERRNO', defaultErrnoRet: 1 })
  })

  test('follows the capabilities', () => {
    expect(named('mount')).toEqual([])
    expect(named('mount', { capabilities: { add: ['SYS_ADMIN'] } })).not.toEqual([])
    expect(named('clone3')).toEqual([{ names: ['clone3'], action: 'SCMP_ACT_ERRNO', errnoRet: 38 }])
  })

  test('compares the family of a socket in 32 bits', () => {
    const families = named('socket').map(({ args = [] }) => args[0])
    expect(families).toHaveLength(62)
    expect(new Set(families.map((arg) => `${arg?.op} ${arg?.value}`))).toEqual(
      new Set(['SCMP_CMP_MASKED_EQ 4294967295']),
    )
    expect(families.map((arg) => arg?.valueTwo)).not.toContain(38)
    expect(families.map((arg) => arg?.valueTwo)).not.toContain(40)
  })

  test('is left out when nothing is to be filtered', () => {
    expect(of({ privileged: true })).toBeUndefined()
  })
})

describe('a profile', () => {
  test.each<[string, object, Partial<SeccompContext>, boolean]>([
    ['a capability that is there', { includes: { caps: ['CAP_BPF'] } }, { capabilities: ['CAP_BPF'] }, true],
    ['a capability that is not there', { includes: { caps: ['CAP_BPF'] } }, {}, false],
    [
      'a capability that is excluded',
      { excludes: { caps: ['CAP_BPF'] } },
      { capabilities: ['CAP_BPF'] },
      false,
    ],
    ['the machine', { includes: { arches: ['amd64'] } }, {}, true],
    ['another machine', { includes: { arches: ['amd64'] } }, { arch: 'arm64' }, false],
    ['a machine that is excluded', { excludes: { arches: ['amd64'] } }, {}, false],
    ['a kernel that is new enough', { includes: { minKernel: '4.8' } }, { kernel: '4.10.0-1' }, true],
    ['a kernel that is too old', { includes: { minKernel: '4.8' } }, { kernel: '4.4.0' }, false],
    ['a kernel that is excluded', { excludes: { minKernel: '4.8' } }, {}, false],
  ])('has rules for %s', (_name, filter, context, there) => {
    const { syscalls = [] } = resolved(
      {
        defaultAction: 'SCMP_ACT_ERRNO',
        syscalls: [{ names: ['read'], action: 'SCMP_ACT_ALLOW', ...filter }],
      },
      context,
    )
    expect(syscalls).toEqual(there ? [{ names: ['read'], action: 'SCMP_ACT_ALLOW' }] : [])
  })

  test('of the OCI form stays what it is', () => {
    const profile = {
      defaultAction: 'SCMP_ACT_ALLOW',
      architectures: ['SCMP_ARCH_X86_64'],
      flags: ['SECCOMP_FILTER_FLAG_LOG'],
      syscalls: [
        {
          names: ['ioctl'],
          action: 'SCMP_ACT_ERRNO',
          errnoRet: 5,
          args: [{ index: 1, value: '0xffffffffffffffff', valueTwo: 2, op: 'SCMP_CMP_MASKED_EQ' }],
        },
      ],
    }
    expect(resolved(profile)).toEqual({
      ...profile,
      syscalls: [
        {
          names: ['ioctl'],
          action: 'SCMP_ACT_ERRNO',
          errnoRet: 5,
          args: [{ index: 1, value: 2n ** 64n - 1n, valueTwo: 2, op: 'SCMP_CMP_MASKED_EQ' }],
        },
      ],
    })
  })

  const withRule = (rule: object) => ({
    defaultAction: 'SCMP_ACT_ALLOW',
    syscalls: [{ names: ['read'], action: 'SCMP_ACT_ERRNO', ...rule }],
  })
  test.each<[string, object]>([
    ['a default action', { defaultAction: 'SCMP_ACT_NO' }],
    ['an agent that is to answer', withRule({ action: 'SCMP_ACT_NOTIFY' })],
    ['an operator', withRule({ args: [{ index: 0, value: 1, op: 'SCMP_CMP_NO' }] })],
    ['a value', withRule({ args: [{ index: 0, value: -1, op: 'SCMP_CMP_EQ' }] })],
    ['a large value', withRule({ args: [{ index: 0, value: '0x10000000000000000', op: 'SCMP_CMP_EQ' }] })],
  ])('with %s that has no meaning is refused', (_name, profile) => {
    expect(() => resolved(profile)).toThrow(
      expect.objectContaining({ code: 'EXECD_SECCOMP', hint: expect.any(String) }),
    )
  })
})
