import { describe, expect, test } from '@jest/globals'
import { splitLeading } from '../../dist/args/leading.js'
import { meant } from '../../dist/args/meant.js'
import { COMMANDS } from '../../dist/table/commands.js'
import { runCall } from '../support/given.js'

describe('a command line', () => {
  test('options end where the program begins, whatever it is given', () => {
    const { given, operands } = runCall(
      '-it',
      '-m64m',
      '--env',
      'A=1',
      '-e',
      'B',
      'ls',
      '-l',
      '--rootfs',
      '/x',
    )
    expect(operands).toEqual(['ls', '-l', '--rootfs', '/x'])
    expect([given.on('interactive'), given.on('tty'), given.text('memory')]).toEqual([true, true, '64m'])
    expect(given.texts('env')).toEqual(['A=1', 'B'])
    expect(given.text('rootfs')).toBeUndefined()
  })

  test('dashes part our options from a program that looks like one', () => {
    const { given, operands } = runCall('--init', '--', '-x', '--', '-i')
    expect(operands).toEqual(['-x', '--', '-i'])
    expect(given.on('interactive')).toBe(false)
  })

  test('switches can be turned off', () => {
    expect(runCall('--init=false', 'x').given.flag('init')).toBe(false)
    expect(runCall('--init', '--no-init', 'x').given.flag('init')).toBe(false)
    expect(runCall('x').given.flag('init')).toBeUndefined()
  })

  test.each([
    [['--memroy', '64m', 'x'], '--memroy: no such option', 'did you mean --memory?'],
    [['-Z', 'x'], '-Z: no such option', 'execd run --help lists the options'],
    [['--memory'], '--memory: wanted SIZE', 'execd run --help lists the options'],
    [
      ['--init=perhaps', 'x'],
      '--init: wanted true or false, got "perhaps"',
      'execd run --help lists the options',
    ],
  ])('%j is refused', (words, message, hint) => {
    expect(() => runCall(...words)).toThrow(expect.objectContaining({ message, hint }))
  })

  test('an option that a command does not have cannot be asked for', () => {
    expect(() => runCall('x').given.on('nonsense')).toThrow('no option --nonsense')
  })
})

test('common options may stand before the command', () => {
  expect(splitLeading(['--debug', '--driver', 'lxc', 'run', '-i', 'x'])).toEqual({
    leading: ['--debug', '--driver', 'lxc'],
    word: 'run',
    rest: ['-i', 'x'],
  })
  expect(splitLeading(['--help'])).toEqual({ leading: ['--help'], word: undefined, rest: [] })
})

test.each([
  ['memroy', 'memory'],
  ['memor', 'memory'],
  ['memoryy', 'memory'],
  ['mem', undefined],
  ['xyz', undefined],
])('%s was meant as %s', (word, expected) => {
  expect(meant(word, ['memory', 'memory-swap', 'cpus'])).toBe(expected)
})

describe('the table', () => {
  test.each(COMMANDS.map((head) => [head.name, head] as const))('%s is whole', async (_, head) => {
    const { ENTRY } = await head.entry()
    const flags = ENTRY.groups.flatMap((group) => group.flags)
    const names = flags.flatMap(({ name, short }) => (short === undefined ? [name] : [name, short]))
    expect(new Set(names).size).toBe(names.length)
    for (const { help, short } of flags) {
      expect(help).toMatch(/^[A-Z].*[^.]$|^As |^[a-z]+=|^none, /)
      expect(short ?? 'x').toMatch(/^[a-zA-Z]$/)
    }
    expect(typeof (await head.action()).action).toBe('function')
  })
})
