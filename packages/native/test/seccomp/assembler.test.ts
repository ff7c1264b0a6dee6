import { syscallNumber } from '@execd/linux/seccomp'
import { describe, expect, test } from '@jest/globals'
import { Assembler, JEQ, JGE } from '../../dist/seccomp/assembler.js'
import { compileSeccomp, type SeccompProfile, type SeccompRule } from '../../dist/seccomp/index.js'
import { ALLOW, AUDIT, errno, X64 } from './support/contexts.js'
import { checkProgram, runFilter } from './support/interpreter.js'

const run = (program: Buffer, number: number) => runFilter(program, { arch: 0, number }).ret

const LIMITS = [249, 250, 251, 252, 253, 254, 255, 256].flatMap((count) => [
  [count, true] as const,
  [count, false] as const,
])

describe('jumps of more than 255 instructions', () => {
  // `far` lies behind a chain of comparisons that all lead to it.
  test.each([1, 250, 251, 252, 253, 254, 255, 256, 257, 258, 300, 1500])(
    '%i comparisons between',
    (count) => {
      const assembler = new Assembler()
      const ending = assembler.ret(7)
      // Behind a load, so that it is code to be jumped to and not a return to be copied.
      const far = assembler.load(0, assembler.branch(JEQ, 5, assembler.ret(8), ending))
      let chain = assembler.ret(9)
      for (let index = 0; index < count; index += 1) chain = assembler.branch(JEQ, 1000 + index, far, chain)
      const program = assembler.finish(assembler.load(0, assembler.branch(JGE, 1000, chain, far)))
      checkProgram(program)
      expect(run(program, 5)).toBe(8)
      expect(run(program, 6)).toBe(7)
      expect(run(program, 1000)).toBe(7)
      expect(run(program, 1000 + count - 1)).toBe(7)
      expect(run(program, 1000 + count)).toBe(9)
    },
  )

  test.each(LIMITS)('one target %i away, the other beyond, near one first: %s', (count, nearFirst) => {
    const assembler = new Assembler()
    const beyond = assembler.load(0, assembler.branch(JEQ, 1, assembler.ret(1), assembler.ret(2)))
    const filler = (start: number, length: number) => {
      let chain = assembler.ret(start)
      for (let index = 1; index < length; index += 1) chain = assembler.load(4 * (index % 16), chain)
      return chain
    }
    filler(3, 300)
    const near = assembler.load(0, assembler.branch(JEQ, 2, assembler.ret(4), assembler.ret(5)))
    filler(6, count)
    const choice = nearFirst ? assembler.branch(JEQ, 2, near, beyond) : assembler.branch(JGE, 3, beyond, near)
    const program = assembler.finish(assembler.load(0, choice))
    checkProgram(program)
    expect(run(program, 2)).toBe(4)
    expect(run(program, 3)).toBe(2)
    expect(run(program, 1)).toBe(nearFirst ? 1 : 5)
  })

  test('a branch whose targets are both far', () => {
    const assembler = new Assembler()
    const one = assembler.load(0, assembler.ret(1))
    const two = assembler.load(4, assembler.ret(2))
    let filler = assembler.ret(3)
    for (let index = 0; index < 400; index += 1)
      filler = assembler.branch(JEQ, index, assembler.ret(100 + index), filler)
    const choice = assembler.branch(JEQ, 9000, one, two)
    const program = assembler.finish(assembler.load(0, assembler.branch(JGE, 8000, choice, filler)))
    checkProgram(program)
    expect([run(program, 9000), run(program, 8000), run(program, 399)]).toEqual([1, 2, 499])
  })
})

test('equal code is emitted once', () => {
  const assembler = new Assembler()
  const make = () => assembler.load(16, assembler.branch(JEQ, 1, assembler.ret(1), assembler.ret(2)))
  expect(make()).toBe(make())
  expect(assembler.finish(make()).length).toBe(4 * 8)
})

test('a big profile: every call with an errno and a condition of its own', () => {
  const names = [
    'read',
    'write',
    'open',
    'close',
    'stat',
    'fstat',
    'lstat',
    'poll',
    'lseek',
    'mmap',
    'mprotect',
    'munmap',
  ]
  const more = [
    'brk',
    'ioctl',
    'access',
    'pipe',
    'select',
    'mremap',
    'msync',
    'madvise',
    'dup',
    'dup2',
    'pause',
    'alarm',
  ]
  const calls = [...names, ...more]
  const syscalls = calls.flatMap((name, position): SeccompRule[] =>
    [...Array(12).keys()].map((value) => ({
      names: [name],
      action: 'SCMP_ACT_ERRNO',
      errnoRet: 100 + position * 12 + value,
      args: [{ index: 2, op: 'SCMP_CMP_EQ', value }],
    })),
  )
  const profile: SeccompProfile = { defaultAction: 'SCMP_ACT_ALLOW', syscalls }
  const { program } = compileSeccomp(profile, X64)
  checkProgram(program)
  expect(program.length / 8).toBeGreaterThan(600)
  for (const [position, name] of calls.entries()) {
    const number = syscallNumber('x86_64', name) ?? -1
    for (const value of [...Array(13).keys()]) {
      const { ret } = runFilter(program, { arch: AUDIT.x86_64, number, args: [0n, 0n, BigInt(value)] })
      expect(ret).toBe(value === 12 ? ALLOW : errno(100 + position * 12 + value))
    }
  }
  expect(runFilter(program, { arch: AUDIT.x86_64, number: 39 }).ret).toBe(ALLOW)
})
