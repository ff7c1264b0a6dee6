import { describe, expect, test } from '@jest/globals'
import {
  compileSeccomp,
  loadDefaultProfile,
  type SeccompProfile,
  SeccompProfileError,
} from '../../dist/seccomp/index.js'
import { X64 } from './support/contexts.js'

/** What compiling a profile that no type would allow throws. */
function errorOf(profile: unknown): SeccompProfileError {
  try {
    compileSeccomp(profile as SeccompProfile, X64)
  } catch (error) {
    if (error instanceof SeccompProfileError) return error
    throw error
  }
  throw new RangeError('it compiled')
}

const rule = (fields: object) => ({
  defaultAction: 'SCMP_ACT_ERRNO',
  syscalls: [{ names: ['read'], action: 'SCMP_ACT_ALLOW', ...fields }],
})
const arg = (fields: object) => rule({ args: [{ index: 0, value: 1, op: 'SCMP_CMP_EQ', ...fields }] })

describe('a wrong profile', () => {
  test.each<[string, unknown]>([
    ['', null],
    ['', []],
    ['defaultAction', {}],
    ['defaultAction', { defaultAction: 'ALLOW' }],
    ['defaultAction', { defaultAction: 'toString' }],
    ['defaultAction', { defaultAction: 'SCMP_ACT_NOTIFY' }],
    ['defaultErrnoRet', { defaultAction: 'SCMP_ACT_ALLOW', defaultErrnoRet: 1 }],
    ['defaultErrnoRet', { defaultAction: 'SCMP_ACT_ERRNO', defaultErrnoRet: 4096 }],
    ['defaultErrnoRet', { defaultAction: 'SCMP_ACT_TRACE', defaultErrnoRet: 0x10000 }],
    ['listenerPath', { defaultAction: 'SCMP_ACT_ALLOW', listenerPath: '/run/agent' }],
    ['architectures[1]', { defaultAction: 'SCMP_ACT_ALLOW', architectures: ['SCMP_ARCH_X86', 'x86'] }],
    ['archMap', { defaultAction: 'SCMP_ACT_ALLOW', architectures: [], archMap: [] }],
    ['archMap[0].architecture', { defaultAction: 'SCMP_ACT_ALLOW', archMap: [{ subArchitectures: null }] }],
    ['flags[0]', { defaultAction: 'SCMP_ACT_ALLOW', flags: ['SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV'] }],
    ['syscalls', { defaultAction: 'SCMP_ACT_ALLOW', syscalls: {} }],
    ['syscalls[0]', { defaultAction: 'SCMP_ACT_ALLOW', syscalls: ['read'] }],
    ['syscalls[0].names', rule({ names: [] })],
    ['syscalls[0].names', rule({ names: undefined })],
    ['syscalls[0].names[0]', rule({ names: ['reed'] })],
    ['syscalls[0].name', rule({ name: 'read' })],
    ['syscalls[0].action', rule({ action: undefined })],
    ['syscalls[0].action', rule({ action: 'SCMP_ACT_NOTIFY' })],
    ['syscalls[0].errnoRet', rule({ errnoRet: 1 })],
    ['syscalls[0].errnoRet', rule({ action: 'SCMP_ACT_ERRNO', errnoRet: -1 })],
    ['syscalls[0].errnoret', rule({ errnoret: 1 })],
    ['syscalls[0].comment', rule({ comment: 1 })],
    ['syscalls[0].includes.caps[0]', rule({ includes: { caps: ['SYS_ADMIN'] } })],
    ['syscalls[0].includes.arches[0]', rule({ includes: { arches: ['x86_64'] } })],
    ['syscalls[0].excludes.minKernel', rule({ excludes: { minKernel: '5' } })],
    ['syscalls[0].includes.kernel', rule({ includes: { kernel: '5.1' } })],
    ['syscalls[0].args', rule({ args: {} })],
    ['syscalls[0].args[0].index', arg({ index: 6 })],
    ['syscalls[0].args[0].op', arg({ op: 'SCMP_CMP_NEQ' })],
    ['syscalls[0].args[0].value', arg({ value: -1 })],
    ['syscalls[0].args[0].value', arg({ value: 2 ** 53 })],
    ['syscalls[0].args[0].value', arg({ value: '0x10000000000000000' })],
    ['syscalls[0].args[0].value', arg({ value: '-1' })],
    ['syscalls[0].args[0].valueTwo', arg({ valueTwo: 1 })],
    ['syscalls[0].args[0].valueTwo', arg({ op: 'SCMP_CMP_MASKED_EQ', valueTwo: 2 })],
  ])('%s', (path, profile) => {
    const error = errorOf(profile)
    expect(error.code).toBe('EXECD_SECCOMP_PROFILE')
    expect(error.problems.map((problem) => problem.path)).toEqual([path])
    expect(error.path).toBe(path)
    expect(error.message).toContain(error.wanted)
  })

  test('is told of all its problems at once', () => {
    const error = errorOf({ defaultAction: 'no', syscalls: [{ names: ['reed', 'wride'], action: 'no' }] })
    const paths = ['defaultAction', 'syscalls[0].names[0]', 'syscalls[0].names[1]', 'syscalls[0].action']
    expect(error.problems.map((problem) => problem.path)).toEqual(paths)
    expect(error.problems[1]?.got).toBe('reed')
    expect(error.message).toContain('syscalls[0].names[1] is "wride"')
  })

  test('too long for the kernel is refused, and the longest below that compiles', () => {
    const conditions = (count: number): SeccompProfile => ({
      defaultAction: 'SCMP_ACT_ERRNO',
      syscalls: [...Array(count).keys()].map((value) => ({
        names: ['mmap'],
        action: 'SCMP_ACT_ALLOW',
        args: [{ index: 0, op: 'SCMP_CMP_EQ', value: BigInt(value) << 32n }],
      })),
    })
    expect(errorOf(conditions(3000)).got).toMatch(/^\d+ instructions$/)
    const { program } = compileSeccomp(conditions(600), X64)
    expect(program.length / 8).toBeLessThanOrEqual(4096)
  })
})

describe('what is no mistake', () => {
  test('calls of other machines, flags, a zero valueTwo, null lists', () => {
    const profile = {
      ...rule({ names: ['s390_pci_mmio_read', 'read'], args: null, comment: 'fine' }),
      flags: ['SECCOMP_FILTER_FLAG_LOG', 'SECCOMP_FILTER_FLAG_SPEC_ALLOW'],
      archMap: [{ architecture: 'SCMP_ARCH_RISCV64', subArchitectures: null }],
    }
    expect(compileSeccomp(profile as SeccompProfile, X64)).toMatchObject({ flags: 6, warnings: [] })
    expect(compileSeccomp(arg({ valueTwo: 0 }) as SeccompProfile, X64).flags).toBe(0)
  })

  test('a profile that names a multiplexer of i386 hears what becomes of it', () => {
    const profile: SeccompProfile = {
      defaultAction: 'SCMP_ACT_ERRNO',
      architectures: ['SCMP_ARCH_X86'],
      syscalls: [{ names: ['socketcall', 'ipc', 'semop'], action: 'SCMP_ACT_ALLOW' }],
    }
    expect(compileSeccomp(profile, X64).warnings).toEqual([
      'i386 socketcall answers ENOSYS: a filter cannot see through it, and socket is treated otherwise',
      'i386 ipc answers ENOSYS: a filter cannot see through it, and semget is treated otherwise',
    ])
    expect(compileSeccomp(profile, { ...X64, multiplexers: 'allow' }).warnings).toEqual([])
  })
})

test.each([
  ['arch', { arch: 'riscv64' }],
  ['kernel', { kernel: 'linux' }],
  ['CAP_SYS_ADMINN', { capabilities: ['CAP_SYS_ADMINN'] }],
  ['foreign', { foreign: 'maybe' }],
])('a wrong context is a TypeError: %s', (text, fields) => {
  const compile = () => compileSeccomp(loadDefaultProfile(), { ...X64, ...fields } as typeof X64)
  expect(compile).toThrow(TypeError)
  expect(compile).toThrow(text)
})
