import { describe, expect, test } from '@jest/globals'
import { encodePlan } from '../../dist/plan/encode.js'
import { type Step, step } from '../../dist/plan/steps.js'
import { PlanTemplate } from '../../dist/plan/template.js'
import { everyStep } from './every-step.js'

const named = (name: string): Step[] => [
  step.mkdir({ phase: 'host', dir: 1, mode: 0o755, file: name }),
  step.open({ phase: 'host', slot: 2, flags: 0, path: `/groups/${name}/and/${name}/x` }),
  step.hostname({ value: name }),
  step.hostname({ value: 'ü' }),
  step.env({ variables: ['A=1'] }),
  step.rmdir({ dir: 1, timeoutMs: 5, file: name }),
]
const STAND_IN = 'stand-in-001'
const NAME = 'abcdef-12345'

describe('PlanTemplate', () => {
  test('gives the bytes and the steps of the plan with the name in place of the stand-in', () => {
    const template = new PlanTemplate(named(STAND_IN), STAND_IN, [])
    for (const name of [NAME, 'another-name']) {
      expect(template.encode(name, new Map())).toEqual(encodePlan(named(name)))
      expect(template.steps(name, new Map())).toEqual(named(name))
    }
  })

  test.each([[[]], [[0]], [[4]], [[5]], [[0, 1, 2, 3, 4, 5]], [[0, 3, 5]]])(
    'with the steps at %p given',
    (open) => {
      const given = new Map(open.map((index) => [index, step.env({ variables: [`X=${index}`, 'Y'] })]))
      const expected = named(NAME).map((one, index) => given.get(index) ?? one)
      const template = new PlanTemplate(named(STAND_IN), STAND_IN, open)
      expect(template.encode(NAME, given)).toEqual(encodePlan(expected))
      expect(template.steps(NAME, given)).toEqual(expected)
    },
  )

  test('carries every kind of step', () => {
    expect(
      new PlanTemplate(everyStep, STAND_IN, [3]).encode(NAME, new Map([[3, everyStep[3] as Step]])),
    ).toEqual(encodePlan(everyStep))
  })

  test('takes names of the same length only', () => {
    const template = new PlanTemplate([], STAND_IN, [])
    expect(template.fits(NAME)).toBe(true)
    expect(template.fits('short')).toBe(false)
    expect(template.fits('abcdef-1234ü')).toBe(false)
  })

  test('refuses a given step that makes the plan too large', () => {
    const large = step.env({ variables: Array.from({ length: 9 }, () => 'x'.repeat(1024 * 1024)) })
    const template = new PlanTemplate(named(STAND_IN), STAND_IN, [4])
    expect(() => template.encode(NAME, new Map([[4, large]]))).toThrow('too large')
  })
})
