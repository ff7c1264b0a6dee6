import { DEFAULT_CAPABILITIES } from '@execd/core/driver'
import { loadDefaultProfile, type SeccompProfile } from '@execd/linux/seccomp'
import { describe, expect, test } from '@jest/globals'
import { renderSeccomp } from '../dist/config/seccomp.js'

const context = {
  arch: 'x64',
  capabilities: DEFAULT_CAPABILITIES,
  kernel: '6.1.0',
  known: ['read', 'write', 'mount', 'keyctl'],
} as const
const render = (profile: object, more: object = {}): string[] =>
  renderSeccomp(profile as SeccompProfile, { ...context, ...more })
    .trimEnd()
    .split('\n')

describe('a policy', () => {
  test('refuses by the default what was known and answers ENOSYS to what is newer', () => {
    const profile = {
      defaultAction: 'SCMP_ACT_ERRNO',
      defaultErrnoRet: 1,
      syscalls: [{ names: ['read', 'write'], action: 'SCMP_ACT_ALLOW' }],
    }
    expect(render(profile)).toEqual([
      '2',
      'allowlist errno 38',
      '[x86_64]',
      'read allow',
      'write allow',
      'mount errno 1',
      'keyctl errno 1',
    ])
  })

  test('a profile that allows by default', () => {
    const profile = {
      defaultAction: 'SCMP_ACT_ALLOW',
      syscalls: [{ names: ['mount'], action: 'SCMP_ACT_KILL' }],
    }
    expect(render(profile, { arch: 'arm64' })).toEqual(['2', 'denylist allow', '[arm64]', 'mount kill'])
  })

  test('rules for other capabilities, machines and kernels are left out', () => {
    const rule = (name: string, more: object) => ({ names: [name], action: 'SCMP_ACT_KILL', ...more })
    const profile = {
      defaultAction: 'SCMP_ACT_ALLOW',
      syscalls: [
        rule('a', { includes: { caps: ['CAP_SYS_ADMIN'] } }),
        rule('b', { excludes: { caps: ['CAP_SYS_ADMIN'] } }),
        rule('c', { includes: { arches: ['s390x'] } }),
        rule('d', { includes: { minKernel: '6.1' } }),
        rule('e', { includes: { minKernel: '6.2' } }),
      ],
    }
    expect(render(profile).slice(3)).toEqual(['b kill', 'd kill'])
  })

  test('conditions; families of sockets are compared in the 32 bits that the kernel reads', () => {
    const arg = (index: number, op: string, value: number, valueTwo?: number) => ({
      index,
      op: `SCMP_CMP_${op}`,
      value,
      ...(valueTwo === undefined ? {} : { valueTwo }),
    })
    const profile = {
      defaultAction: 'SCMP_ACT_KILL',
      syscalls: [
        { names: ['clone'], action: 'SCMP_ACT_ALLOW', args: [arg(0, 'MASKED_EQ', 2114060288, 0)] },
        { names: ['personality'], action: 'SCMP_ACT_ALLOW', args: [arg(0, 'EQ', 8), arg(1, 'NE', 3)] },
        { names: ['socket'], action: 'SCMP_ACT_ALLOW', args: [arg(0, 'NE', 40)] },
      ],
    }
    const text = render(profile)
    expect(text.slice(3, 5)).toEqual([
      'clone allow [0,0,SCMP_CMP_MASKED_EQ,2114060288]',
      'personality allow [0,8,SCMP_CMP_EQ],[1,3,SCMP_CMP_NE]',
    ])
    expect(text.filter((entry) => entry.startsWith('socket'))).toHaveLength(63)
    expect(text).not.toContain('socket allow [0,40,SCMP_CMP_MASKED_EQ,4294967295]')
  })

  test.each([
    { defaultAction: 'SCMP_ACT_NOTIFY' },
    { defaultAction: 'SCMP_ACT_ALLOW', syscalls: [{ names: ['a b'], action: 'SCMP_ACT_KILL' }] },
    { defaultAction: 'SCMP_ACT_ALLOW', syscalls: [{ names: ['a\nb'], action: 'SCMP_ACT_KILL' }] },
    { defaultAction: 'SCMP_ACT_ALLOW', syscalls: [{ names: ['a'], action: 'SCMP_ACT_LOG' }] },
    {
      defaultAction: 'SCMP_ACT_ALLOW',
      syscalls: [{ names: ['a'], action: 'SCMP_ACT_KILL', args: [{ index: 0, value: 1, op: 'X' }] }],
    },
  ])('what LXC has no words for is refused: %j', (profile) => {
    expect(() => render(profile)).toThrow(
      expect.objectContaining({ code: 'EXECD_SECCOMP', hint: expect.any(String) }),
    )
  })

  test('the default profile', () => {
    const text = render(loadDefaultProfile())
    for (const wanted of ['openat allow', 'mount errno 1', 'keyctl errno 1']) expect(text).toContain(wanted)
    for (const never of ['mount allow', 'clone3 allow', 'bpf allow']) expect(text).not.toContain(never)
  })
})
