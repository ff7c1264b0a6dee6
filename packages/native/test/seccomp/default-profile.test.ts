import { knownNumbers } from '@execd/linux/seccomp'
import { describe, expect, test } from '@jest/globals'
import {
  cacheKey,
  compileSeccomp,
  loadDefaultProfile,
  type SeccompContext,
} from '../../dist/seccomp/index.js'
import {
  ALLOW,
  ARM64,
  AUDIT,
  DEFAULT_CAPABILITIES,
  ENOSYS,
  EPERM,
  KILL_PROCESS,
  X64,
} from './support/contexts.js'
import { checkProgram, runFilter } from './support/interpreter.js'

const X32 = 0x40000000

function filter(context: SeccompContext) {
  const { program } = compileSeccomp(loadDefaultProfile(), context)
  checkProgram(program)
  return (arch: number, number: number, ...args: bigint[]) => runFilter(program, { arch, number, args }).ret
}

const withCapability = (name: string) => ({ ...X64, capabilities: [...DEFAULT_CAPABILITIES, name] })

describe('entry points', () => {
  test('an architecture the profile does not list is killed, whatever the call', () => {
    const on = filter(X64)
    for (const arch of [AUDIT.arm64, AUDIT.arm, 0, 0xffffffff]) expect(on(arch, 39)).toBe(KILL_PROCESS)
    expect(filter(ARM64)(AUDIT.x86_64, 39)).toBe(KILL_PROCESS)
  })

  test('i386 and ARM have filters by their own numbers, or are killed', () => {
    // 20 is getpid there, and writev on x86-64; 26 is ptrace on i386 and msync on x86-64.
    expect(filter(X64)(AUDIT.i386, 20)).toBe(ALLOW)
    expect(filter({ ...X64, kernel: '4.7.0' })(AUDIT.i386, 26)).toBe(EPERM)
    expect(filter({ ...X64, foreign: 'refuse' })(AUDIT.i386, 20)).toBe(KILL_PROCESS)
    expect(filter(ARM64)(AUDIT.arm, 0xf0002)).toBe(ALLOW)
    expect(filter(ARM64)(AUDIT.arm, 0xf0003)).toBe(EPERM)
    expect(filter(ARM64)(AUDIT.arm, 0xf0007)).toBe(ENOSYS)
    expect(filter({ ...ARM64, foreign: 'refuse' })(AUDIT.arm, 20)).toBe(KILL_PROCESS)
  })

  test('x32 answers as a kernel without it, or is filtered by its own numbers', () => {
    const refused = filter(X64)
    for (const number of [X32 + 39, X32 + 520, X32, 0x7fffffff, -1]) {
      expect(refused(AUDIT.x86_64, number)).toBe(ENOSYS)
    }
    const filtered = filter({ ...X64, x32: 'filter' })
    expect(filtered(AUDIT.x86_64, X32 + 520)).toBe(ALLOW)
    // 59 is execve on x86-64 only; 41 is socket on both.
    expect(filtered(AUDIT.x86_64, X32 + 59)).toBe(ENOSYS)
    expect(filtered(AUDIT.x86_64, X32 + 41, 40n)).toBe(EPERM)
    expect(filtered(AUDIT.x86_64, 520)).toBe(ENOSYS)
  })

  test('socketcall is refused for what it hides, ipc hides nothing that is refused', () => {
    const on = filter(X64)
    expect(on(AUDIT.i386, 102, 1n)).toBe(ENOSYS)
    expect(on(AUDIT.i386, 117)).toBe(ALLOW)
    expect(on(AUDIT.i386, 359, 1n)).toBe(ALLOW)
    expect(on(AUDIT.i386, 359, 38n)).toBe(EPERM)
    expect(filter({ ...X64, multiplexers: 'allow' })(AUDIT.i386, 102, 1n)).toBe(ALLOW)
  })
})

describe('calls', () => {
  const on = filter(X64)

  test.each([0n, 1n << 32n, 1n << 63n, 0xffffffff00000000n])('address families, high bits %s', (high) => {
    expect(on(AUDIT.x86_64, 41, 40n | high)).toBe(EPERM)
    expect(on(AUDIT.x86_64, 41, 38n | high)).toBe(EPERM)
    for (const family of [1n, 2n, 10n, 16n, 37n, 39n, 41n]) expect(on(AUDIT.x86_64, 41, family)).toBe(ALLOW)
  })

  test('new namespaces need CAP_SYS_ADMIN', () => {
    const admin = filter(withCapability('CAP_SYS_ADMIN'))
    for (const flag of [0x20000, 0x2000000, 0x4000000, 0x8000000, 0x10000000, 0x20000000, 0x40000000]) {
      expect(on(AUDIT.x86_64, 56, BigInt(flag) | 17n)).toBe(EPERM)
      expect(admin(AUDIT.x86_64, 56, BigInt(flag) | 17n)).toBe(ALLOW)
    }
    expect(on(AUDIT.x86_64, 56, 0x3d0f00n)).toBe(ALLOW)
    expect([on(AUDIT.x86_64, 272), admin(AUDIT.x86_64, 272)]).toEqual([EPERM, ALLOW])
    // So that C libraries go back to clone, whose flags can be seen.
    expect([on(AUDIT.x86_64, 435), admin(AUDIT.x86_64, 435)]).toEqual([ENOSYS, ALLOW])
  })

  test('rules follow the kernel and the bounding set', () => {
    expect(on(AUDIT.x86_64, 101)).toBe(ALLOW)
    const old = { ...X64, kernel: '4.4.0-generic' }
    expect(filter(old)(AUDIT.x86_64, 101)).toBe(EPERM)
    expect(filter({ ...old, capabilities: ['CAP_SYS_PTRACE'] })(AUDIT.x86_64, 101)).toBe(ALLOW)
    expect(on(AUDIT.x86_64, 161)).toBe(ALLOW)
    expect(filter({ ...X64, capabilities: [] })(AUDIT.x86_64, 161)).toBe(EPERM)
    expect(filter(withCapability('CAP_BPF'))(AUDIT.x86_64, 321)).toBe(ALLOW)
  })

  test('rules for other architectures have no part', () => {
    // arch_prctl and modify_ldt belong to x86; set_tls to ARM.
    expect(on(AUDIT.x86_64, 158)).toBe(ALLOW)
    expect(filter(ARM64)(AUDIT.arm64, 158)).toBe(ALLOW) // getgroups there
    expect(filter(ARM64)(AUDIT.arm, 0xf0005)).toBe(ALLOW)
  })

  test('keys, io_uring and userfaultfd are refused', () => {
    for (const number of [248, 249, 250, 323, 425, 426, 427]) expect(on(AUDIT.x86_64, number)).toBe(EPERM)
  })

  test('calls newer than the profile, and numbers of no call, do not exist', () => {
    expect(on(AUDIT.x86_64, 466)).toBe(ALLOW)
    for (const number of [340, 467, 468, 469, 470, 511, 1000, 0x3fffffff]) {
      expect(on(AUDIT.x86_64, number)).toBe(ENOSYS)
    }
    expect(on(AUDIT.i386, 467)).toBe(ENOSYS)
    expect(filter(ARM64)(AUDIT.arm64, 467)).toBe(ENOSYS)
  })
})

describe('the program', () => {
  test.each([
    ['x86-64 alone', { ...X64, foreign: 'refuse' } as const, 100, 11],
    ['x86-64 and i386', X64, 240, 11],
    ['arm64 and arm', ARM64, 260, 11],
  ])('%s: short and flat', (_, context, instructions, average) => {
    const { program } = compileSeccomp(loadDefaultProfile(), context)
    expect(program.length / 8).toBeLessThan(instructions)
    const arch = context.arch === 'x64' ? AUDIT.x86_64 : AUDIT.arm64
    const numbers = [...knownNumbers(context.arch === 'x64' ? 'x86_64' : 'arm64')]
    const steps = numbers.map((number) => runFilter(program, { arch, number }).steps)
    expect(steps.reduce((sum, count) => sum + count) / steps.length).toBeLessThan(average)
  })

  test('is kept, and out of reach of what a caller does to it', () => {
    const first = compileSeccomp(loadDefaultProfile(), X64)
    const copy = Buffer.from(first.program)
    first.program.fill(0)
    expect(compileSeccomp(loadDefaultProfile(), { ...X64 }).program.equals(copy)).toBe(true)
    expect(compileSeccomp(structuredClone(loadDefaultProfile()), X64).program.equals(copy)).toBe(true)
  })

  test('follows a profile that was changed in place', () => {
    const profile = structuredClone(loadDefaultProfile()) as { defaultErrnoRet?: number }
    const verdict = () =>
      runFilter(compileSeccomp(profile as ReturnType<typeof loadDefaultProfile>, X64).program, {
        arch: AUDIT.x86_64,
        number: 250,
      }).ret
    expect(verdict()).toBe(EPERM)
    profile.defaultErrnoRet = 13
    expect(verdict()).toBe(0x0005000d)
  })

  test('cacheKey tells contexts apart by what counts in them', () => {
    const shuffled = { ...X64, capabilities: [...DEFAULT_CAPABILITIES].reverse(), kernel: '6.18.5-cloud' }
    expect(cacheKey(shuffled)).toBe(cacheKey(X64))
    const others: SeccompContext[] = [
      ARM64,
      { ...X64, capabilities: [] },
      { ...X64, kernel: '6.1' },
      { ...X64, foreign: 'refuse' },
      { ...X64, x32: 'filter' },
      { ...X64, multiplexers: 'allow' },
    ]
    expect(new Set([X64, ...others].map(cacheKey)).size).toBe(others.length + 1)
  })

  test('the profile is frozen', () => {
    const profile = loadDefaultProfile()
    for (const part of [profile, profile.syscalls, profile.syscalls?.[0], profile.syscalls?.[0]?.names]) {
      expect(Object.isFrozen(part)).toBe(true)
    }
  })
})
