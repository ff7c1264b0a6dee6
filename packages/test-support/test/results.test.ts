import { describe, expect, test } from '@jest/globals'
import { NO_REASON, skippedTitle, splitReason, summarize, verdict } from '../dist/results.js'

const names = { package: 'p', level: 'unit' }
const file = (...statuses: string[]) => ({
  testFilePath: '/p/a.test.js',
  testResults: statuses.map((status) => ({ status, fullName: `a ${status}` })),
})

describe('summarize', () => {
  test('counts passed, failed and everything else as skipped', () => {
    const run = { testResults: [file('passed', 'failed', 'pending'), file('passed', 'todo')] }
    const results = summarize(run, names)
    expect(results).toMatchObject({ passed: 2, failed: 1 })
    expect(results.skipped.map(({ title }) => title)).toEqual(['a pending', 'a todo'])
  })

  test('counts a file that broke, or declared nothing, as a failure', () => {
    const broken = { ...file(), testExecError: { message: 'SyntaxError' } }
    expect(summarize({ testResults: [broken, file()] }, names).failed).toBe(2)
  })
})

describe('splitReason', () => {
  test('takes the reasons out of a title, also of a group in the middle of the name', () => {
    const group = skippedTitle('run', 'needs root: run as root')
    const inner = skippedTitle('starts a process', 'needs musl: install musl-gcc (Debian: musl-tools)')
    expect(splitReason(`${group} ${inner}`)).toEqual({
      title: 'run starts a process',
      reason: 'needs root: run as root; needs musl: install musl-gcc (Debian: musl-tools)',
    })
  })

  test('says so where there is no reason', () => {
    expect(splitReason('run starts').reason).toBe(NO_REASON)
  })
})

describe('verdict', () => {
  const results = (passed: number, skips: number) => ({
    ...names,
    passed,
    failed: 0,
    skipped: Array.from({ length: skips }, () => ({ title: 't', reason: 'r' })),
  })

  test('a run in which nothing ran is no success', () => {
    expect(verdict(results(0, 0), false)).toMatch(/no test/)
  })

  test('a skip is allowed, but not where everything is demanded', () => {
    expect(verdict(results(3, 1), false)).toBeUndefined()
    expect(verdict(results(3, 1), true)).toMatch(/1 tests were skipped/)
    expect(verdict(results(3, 0), true)).toBeUndefined()
  })
})
