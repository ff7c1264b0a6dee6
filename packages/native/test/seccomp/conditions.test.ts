import { describe, expect, test } from '@jest/globals'
import { compileSeccomp, type SeccompArg, type SeccompProfile } from '../../dist/seccomp/index.js'
import { ALLOW, ARM64, AUDIT, EPERM, errno, X64 } from './support/contexts.js'
import { runFilter } from './support/interpreter.js'

const SOCKET = 41
const MMAP = 9
const CHMOD = 90

function verdict(program: Buffer, number: number, ...args: bigint[]): number {
  return runFilter(program, { arch: AUDIT.x86_64, number, args }).ret
}

function allowing(name: string, ...args: SeccompArg[]): Buffer {
  const profile: SeccompProfile = {
    defaultAction: 'SCMP_ACT_ERRNO',
    syscalls: [{ names: [name], action: 'SCMP_ACT_ALLOW', args }],
  }
  return compileSeccomp(profile, X64).program
}

describe('what the kernel reads of an argument is what is compared', () => {
  const HIGH = 1n << 32n

  test('an int: 32 bits, for every operator', () => {
    const above40 = allowing('socket', { index: 0, op: 'SCMP_CMP_GT', value: 40 })
    expect(verdict(above40, SOCKET, 41n)).toBe(ALLOW)
    expect(verdict(above40, SOCKET, 40n | HIGH)).toBe(EPERM)
    const not40 = allowing('socket', { index: 0, op: 'SCMP_CMP_NE', value: 40 })
    expect(verdict(not40, SOCKET, 40n | HIGH)).toBe(EPERM)
    const is1 = allowing('socket', { index: 0, op: 'SCMP_CMP_EQ', value: 1 })
    expect(verdict(is1, SOCKET, 1n | HIGH)).toBe(ALLOW)
  })

  test('an address: all 64 bits', () => {
    const low = allowing('mmap', { index: 0, op: 'SCMP_CMP_LT', value: '0x100000000' })
    expect(verdict(low, MMAP, 0xffffffffn)).toBe(ALLOW)
    expect(verdict(low, MMAP, HIGH)).toBe(EPERM)
    const masked = allowing('mmap', {
      index: 0,
      op: 'SCMP_CMP_MASKED_EQ',
      value: '0xffffffff00000001',
      valueTwo: 1,
    })
    expect(verdict(masked, MMAP, 0xfffffff1n)).toBe(ALLOW)
    expect(verdict(masked, MMAP, 0xfffffff1n | HIGH)).toBe(EPERM)
  })

  test('a mode: 16 bits', () => {
    const plain = allowing('chmod', { index: 1, op: 'SCMP_CMP_LE', value: 0o777 })
    expect(verdict(plain, CHMOD, 0n, 0o644n)).toBe(ALLOW)
    expect(verdict(plain, CHMOD, 0n, 0x10000n | 0o644n)).toBe(ALLOW)
    expect(verdict(plain, CHMOD, 0n, 0o4755n)).toBe(EPERM)
  })

  test('a negative int may be written with 32 or with 64 bits', () => {
    for (const value of [0xffffffff, '0xffffffffffffffff']) {
      const minusOne = allowing('socket', { index: 0, op: 'SCMP_CMP_EQ', value })
      expect(verdict(minusOne, SOCKET, 0xffffffffffffffffn)).toBe(ALLOW)
      expect(verdict(minusOne, SOCKET, 1n)).toBe(EPERM)
    }
  })

  test('on the 32-bit tables: 32 bits of everything', () => {
    const profile: SeccompProfile = {
      defaultAction: 'SCMP_ACT_ALLOW',
      architectures: ['SCMP_ARCH_ARM'],
      syscalls: [
        { names: ['brk'], action: 'SCMP_ACT_ERRNO', args: [{ index: 0, op: 'SCMP_CMP_EQ', value: 5 }] },
        { names: ['chown'], action: 'SCMP_ACT_ERRNO', args: [{ index: 1, op: 'SCMP_CMP_EQ', value: 5 }] },
      ],
    }
    const { program } = compileSeccomp(profile, ARM64)
    const on = (arch: number, number: number, ...args: bigint[]) =>
      runFilter(program, { arch, number, args }).ret
    expect(on(AUDIT.arm64, 214, 5n | HIGH)).toBe(ALLOW)
    expect(on(AUDIT.arm, 45, 5n | HIGH)).toBe(EPERM)
    // sys_chown16
    expect(on(AUDIT.arm, 182, 0n, 0x10005n)).toBe(EPERM)
  })

  test('a rule that can never match says so', () => {
    const arg: SeccompArg = { index: 0, op: 'SCMP_CMP_EQ', value: '0x100000028' }
    const profile: SeccompProfile = {
      defaultAction: 'SCMP_ACT_ALLOW',
      syscalls: [{ names: ['socket'], action: 'SCMP_ACT_ERRNO', args: [arg] }],
    }
    const { program, warnings } = compileSeccomp(profile, X64)
    expect(warnings).toEqual([
      'syscalls[0] never matches socket (x86_64): a value has more bits than the kernel reads',
    ])
    expect(verdict(program, SOCKET, 0x28n)).toBe(ALLOW)
  })
})

describe('which rules take part', () => {
  test.each<[string, boolean, object]>([
    ['all capabilities of includes', true, { includes: { caps: ['CAP_CHOWN', 'CAP_KILL'] } }],
    ['one of them missing', false, { includes: { caps: ['CAP_CHOWN', 'CAP_BPF'] } }],
    ['any capability of excludes', false, { excludes: { caps: ['CAP_BPF', 'CAP_CHOWN'] } }],
    ['none of them', true, { excludes: { caps: ['CAP_BPF'] } }],
    ['this machine', true, { includes: { arches: ['arm64', 'amd64'] } }],
    ['another machine', false, { includes: { arches: ['arm64'] } }],
    ['this machine excluded', false, { excludes: { arches: ['amd64'] } }],
    ['another machine excluded', true, { excludes: { arches: ['s390x'] } }],
    ['this kernel or later', true, { includes: { minKernel: '6.18' } }],
    ['a later kernel', false, { includes: { minKernel: '6.19' } }],
    ['a later major version', false, { includes: { minKernel: '10.0' } }],
    ['up to an older kernel', false, { excludes: { minKernel: '5.20' } }],
    ['up to a later kernel', true, { excludes: { minKernel: '6.100' } }],
    ['empty lists', true, { includes: { caps: [], arches: [] }, excludes: {} }],
  ])('%s: %s', (_, takesPart, filters) => {
    const profile: SeccompProfile = {
      defaultAction: 'SCMP_ACT_ERRNO',
      syscalls: [{ names: ['socket'], action: 'SCMP_ACT_ALLOW', ...filters }],
    }
    expect(verdict(compileSeccomp(profile, X64).program, SOCKET)).toBe(takesPart ? ALLOW : EPERM)
  })
})

describe('rules', () => {
  test('all conditions of one rule must hold, also several on one argument', () => {
    const neither = allowing(
      'socket',
      { index: 0, op: 'SCMP_CMP_NE', value: 38 },
      { index: 0, op: 'SCMP_CMP_NE', value: 40 },
      { index: 1, op: 'SCMP_CMP_MASKED_EQ', value: 0xf, valueTwo: 1 },
    )
    expect(verdict(neither, SOCKET, 39n, 1n)).toBe(ALLOW)
    expect(verdict(neither, SOCKET, 38n, 1n)).toBe(EPERM)
    expect(verdict(neither, SOCKET, 40n, 1n)).toBe(EPERM)
    expect(verdict(neither, SOCKET, 39n, 2n)).toBe(EPERM)
  })

  test('of several matching rules the strictest counts, in whatever order they stand', () => {
    const allow = { names: ['socket'], action: 'SCMP_ACT_ALLOW' } as const
    const deny = {
      names: ['socket'],
      action: 'SCMP_ACT_ERRNO',
      errnoRet: 97,
      args: [{ index: 0, op: 'SCMP_CMP_EQ', value: 38 }],
    } as const
    const kill = {
      ...deny,
      action: 'SCMP_ACT_KILL_PROCESS',
      errnoRet: undefined,
      args: [{ ...deny.args[0], index: 1 }],
    } as const
    for (const syscalls of [
      [allow, deny, kill],
      [kill, deny, allow],
      [deny, allow, kill],
    ]) {
      const { program, warnings } = compileSeccomp({ defaultAction: 'SCMP_ACT_ERRNO', syscalls }, X64)
      expect(warnings).toEqual([])
      expect(verdict(program, SOCKET, 1n, 1n)).toBe(ALLOW)
      expect(verdict(program, SOCKET, 38n, 1n)).toBe(errno(97))
      expect(verdict(program, SOCKET, 38n, 38n)).toBe(0x80000000)
    }
  })

  test('a rule without effect is named', () => {
    const profile: SeccompProfile = {
      defaultAction: 'SCMP_ACT_ALLOW',
      syscalls: [
        { names: ['keyctl', 'bpf'], action: 'SCMP_ACT_ALLOW' },
        { name: 'keyctl', action: 'SCMP_ACT_KILL' },
      ],
    }
    const { program, warnings } = compileSeccomp(profile, X64)
    expect(warnings).toEqual([
      'syscalls[0] has no effect on keyctl: syscalls[1] has no conditions and is at least as strict',
    ])
    expect(verdict(program, 250)).toBe(0)
  })

  test.each([
    ['SCMP_ACT_ALLOW', 0x7fff0000],
    ['SCMP_ACT_LOG', 0x7ffc0000],
    ['SCMP_ACT_TRACE', 0x7ff00001],
    ['SCMP_ACT_ERRNO', 0x00050001],
    ['SCMP_ACT_TRAP', 0x00030000],
    ['SCMP_ACT_KILL', 0x00000000],
    ['SCMP_ACT_KILL_THREAD', 0x00000000],
    ['SCMP_ACT_KILL_PROCESS', 0x80000000],
  ] as const)('%s', (action, ret) => {
    const profile: SeccompProfile = {
      defaultAction: action === 'SCMP_ACT_ALLOW' ? 'SCMP_ACT_ERRNO' : 'SCMP_ACT_ALLOW',
      syscalls: [{ names: ['socket'], action }],
    }
    expect(verdict(compileSeccomp(profile, X64).program, SOCKET)).toBe(ret)
  })

  test('errnoRet is the errno of a refusal and the message of a trace', () => {
    const profile: SeccompProfile = {
      defaultAction: 'SCMP_ACT_ERRNO',
      defaultErrnoRet: 13,
      syscalls: [
        { names: ['socket'], action: 'SCMP_ACT_TRACE', errnoRet: 0xffff },
        { names: ['bind'], action: 'SCMP_ACT_ERRNO', errnoRet: 4095 },
      ],
    }
    const { program } = compileSeccomp(profile, X64)
    expect(verdict(program, SOCKET)).toBe(0x7ff0ffff)
    expect(verdict(program, 49)).toBe(errno(4095))
    expect(verdict(program, 0)).toBe(errno(13))
  })
})
