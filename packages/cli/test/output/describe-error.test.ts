import { ExecdError, resolveCommand } from '@execd/core'
import { describe, expect, test } from '@jest/globals'
import { commandOf } from '../../dist/input/command.js'
import { describeError, exitStatusOf } from '../../dist/output/describe-error.js'
import { ENTRY as RUN } from '../../dist/table/run.js'
import { ENTRY as SCHEMA } from '../../dist/table/schema.js'
import { UsageError } from '../../dist/usage-error.js'
import { runCall } from '../support/given.js'

function refusal(...words: string[]): string {
  const call = runCall(...words, 'x')
  try {
    resolveCommand(commandOf(call, undefined, {}))
  } catch (error) {
    return describeError(error, { entry: RUN, given: call.given }).message
  }
  throw new Error('it was taken')
}

describe('an error names the option that was typed', () => {
  test('one', () => {
    expect(refusal('-m', 'lots')).toMatch(
      /^the command is not valid: --memory: wanted a size in bytes, .* got "lots"$/,
    )
  })

  test('several', () => {
    expect(refusal('-m', '1k', '--pids-limit', '0')).toMatch(
      /^the command is not valid: 2 things\n {2}--memory: wanted at least 4194304 bytes.*\n {2}--pids-limit: /,
    )
  })

  test('a field that was not typed keeps its name', () => {
    const error = new ExecdError('EXECD_INVALID_COMMAND', 'x', {
      details: { problems: [{ path: 'process.cwd', wanted: 'a path', got: '1' }] },
    })
    expect(describeError(error, { entry: RUN, given: runCall('x').given }).message).toMatch(
      / process\.cwd: wanted/,
    )
  })

  test('what the driver cannot do', () => {
    const unsupported = [
      { path: 'resources.memory.limit', key: 'resources.memory.limit', reason: 'no cgroup' },
    ]
    const error = new ExecdError('EXECD_UNSUPPORTED', 'x', {
      hint: 'run as root',
      details: { driver: 'd', unsupported },
    })
    const { given } = runCall('-m', '5m', 'x')
    expect(describeError(error, { entry: RUN, given })).toEqual({
      message: 'driver d cannot do --memory: no cgroup',
      hint: 'run as root; --skip-unsupported resources goes on without the limits',
    })
  })
})

test.each<[unknown, number, number]>([
  [new UsageError('x'), 125, 2],
  [new ExecdError('EXECD_PROGRAM_NOT_FOUND', 'x'), 127, 1],
  [new ExecdError('EXECD_PROGRAM_NOT_EXECUTABLE', 'x'), 126, 1],
  [new ExecdError('EXECD_ROOTFS', 'x'), 125, 1],
  [new TypeError('x'), 125, 1],
])('exit status for %s', (error, ofProgram, ofOthers) => {
  expect(exitStatusOf(error, RUN)).toBe(ofProgram)
  expect(exitStatusOf(error, SCHEMA)).toBe(ofOthers)
})

test('every hint says what to do', () => {
  const known = { entry: null, given: null }
  expect(describeError(new UsageError('x', 'run'), known).hint).toBe('execd run --help lists the options')
  expect(describeError(new UsageError('x'), known).hint).toBe('execd --help lists the commands')
  expect(describeError('odd', known)).toEqual({ message: 'odd', hint: expect.stringContaining('defect') })
  const missing = Object.assign(new Error('ENOENT: no such file'), { code: 'ENOENT', syscall: 'open' })
  expect(describeError(missing, known)).toEqual({ message: 'ENOENT: no such file', hint: null })
})
