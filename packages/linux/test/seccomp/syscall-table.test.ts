import { execFileSync } from 'node:child_process'
import { argumentWidth, isSyscall, knownNumbers, syscallNumber, type Table } from '@execd/linux/seccomp'
import { requires } from '@execd/test-support'
import { describe, expect, test } from '@jest/globals'

describe('numbers', () => {
  test.each<[string, ...(number | undefined)[]]>([
    // name, x86_64, i386, x32, arm64, arm: from the kernel's tables
    ['read', 0, 3, 0, 63, 3],
    ['socket', 41, 359, 41, 198, 281],
    ['execve', 59, 11, 520, 221, 11],
    ['socketcall', undefined, 102, undefined, undefined, undefined],
    ['mmap2', undefined, 192, undefined, undefined, 192],
    ['set_tls', undefined, undefined, undefined, undefined, 0xf0005],
    ['clone3', 435, 435, 435, 435, 435],
    ['memfd_secret', 447, 447, 447, 447, undefined],
    ['map_shadow_stack', 453, 453, undefined, 453, 453],
    ['uretprobe', 335, undefined, undefined, undefined, undefined],
    ['mseal', 462, 462, 462, 462, 462],
    ['file_setattr', 469, 469, 469, 469, 469],
    ['no_such_call', undefined, undefined, undefined, undefined, undefined],
  ])('%s', (name, ...numbers) => {
    const tables: Table[] = ['x86_64', 'i386', 'x32', 'arm64', 'arm']
    expect(tables.map((table) => syscallNumber(table, name))).toEqual(numbers)
    expect(isSyscall(name)).toBe(numbers.some((number) => number !== undefined))
  })

  test('the tables are whole', () => {
    const sizes = (['x86_64', 'i386', 'x32', 'arm64', 'arm'] as const).map(
      (table) => knownNumbers(table).size,
    )
    expect(sizes).toEqual([383, 459, 369, 325, 428])
  })
})

test.each<[Table, string, number[]]>([
  ['x86_64', 'socket', [32, 32, 32]],
  ['x86_64', 'personality', [32]],
  ['x86_64', 'ioctl', [32, 32, 64]],
  ['x86_64', 'clone', [32, 64, 64]],
  ['x86_64', 'unshare', [64]],
  ['x86_64', 'openat', [32, 64, 32, 16]],
  ['arm64', 'mmap', [64, 64, 64, 64, 64, 64]],
  ['x86_64', 'chown', [64, 32, 32]],
  ['i386', 'chown', [32, 16, 16]],
  ['i386', 'chown32', [32, 32, 32]],
  ['x32', 'unshare', [64]],
  ['x32', 'ioctl', [32, 32, 32]],
])('%s %s: bits that the kernel reads of each argument', (table, name, widths) => {
  expect(widths.map((_, index) => argumentWidth(table, name, index))).toEqual(widths)
})

// The installed headers know fewer calls, but must say the same of those.
requires('gcc').test.each<[Table, string]>([
  ['x86_64', '<asm/unistd_64.h>'],
  ['i386', '<asm/unistd_32.h>'],
  ['x32', '<asm/unistd_x32.h>'],
])('%s agrees with %s', (table, header) => {
  if (process.arch !== 'x64') return expect(knownNumbers(table).size).toBeGreaterThan(300)
  const source = `#define __X32_SYSCALL_BIT 0\n#include ${header}\n`
  const output = execFileSync('gcc', ['-E', '-dM', '-'], { input: source, encoding: 'utf8' })
  const found = [...output.matchAll(/^#define __NR_(\w+) \(?(?:__X32_SYSCALL_BIT \+ )?(\d+)\)?$/gm)]
  expect(found.length).toBeGreaterThan(300)
  const names = found
    .filter(([, name]) => name !== 'syscalls')
    .map(([, name, number]) => [name, Number(number)])
  expect(names.map(([name]) => [name, syscallNumber(table, String(name))])).toEqual(names)
})
