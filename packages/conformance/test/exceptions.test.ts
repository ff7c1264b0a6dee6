import { allCases } from '@execd/conformance'
import type { Exception } from '@execd/core/driver'
import { describe, expect, test } from '@jest/globals'
import { exceptionOf, failsAsDeclared, wrongExceptions } from '../dist/exceptions.js'

const cases = allCases({})
const found = (id: string) => cases.find((one) => one.id === id) ?? cases[0]
const declared: Exception = { reason: 'LXC sets it', shows: '["container"]' }
const capabilities = (exceptions?: Record<string, Exception>) => ({
  fields: {},
  verbs: {},
  ...(exceptions === undefined ? {} : { exceptions }),
})

describe('an exception', () => {
  test('counts only for the rule that it names, and only if that allows one', () => {
    const of = (id: string) =>
      exceptionOf(found(id) as never, capabilities({ 'env.others': declared, 'env.exact': declared }))
    expect(of('env.others')).toEqual(declared)
    expect([of('env.exact'), of('env.newlines')]).toEqual([null, null])
    expect(exceptionOf(found('env.others') as never, capabilities())).toBeNull()
  })

  test('holds when the rule fails with its words, the code among them', async () => {
    await failsAsDeclared(declared, async () => {
      throw new Error('wanted [], got ["container"]')
    })
    await failsAsDeclared({ ...declared, shows: 'EXECD_UNSUPPORTED: no newline' }, async () => {
      throw Object.assign(new Error('no newline in a value'), { code: 'EXECD_UNSUPPORTED' })
    })
  })

  test('does not hold when the rule fails otherwise', async () => {
    const other = new Error('wanted [], got ["container","SECRET"]')
    await expect(failsAsDeclared(declared, () => Promise.reject(other))).rejects.toBe(other)
  })

  test('does not hold when the rule is kept', async () => {
    await expect(failsAsDeclared(declared, async () => {})).rejects.toThrow(/must go/)
  })

  test('is wrong from a MUST, from no rule, from what does not concern the driver, and without words', () => {
    const exceptions = {
      'stdio.closed-inside': declared,
      'env.exact': declared,
      'env.nothing': declared,
      'env.newlines': declared,
      'env.others': { reason: '', shows: '["container"]' },
    }
    expect(wrongExceptions(cases, capabilities(exceptions))).toEqual([
      'env.exact: the rule is a MUST, it allows no exception',
      'env.nothing: there is no such rule',
      'env.newlines: the rule does not concern the driver: process.env is not declared',
      'env.others: wanted a reason, and words that the failure shows',
    ])
  })
})
