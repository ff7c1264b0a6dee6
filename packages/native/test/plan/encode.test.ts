import { describe, expect, test } from '@jest/globals'
import { encodePlan } from '../../dist/plan/encode.js'
import { OP, PLAN_MAX_SIZE, slotPath } from '../../dist/plan/ops.js'
import { STEP_PHASES, type Step, step } from '../../dist/plan/steps.js'
import { everyStep } from './every-step.js'

describe('encodePlan', () => {
  test('writes the header and a step as the format says', () => {
    const plan = encodePlan([step.hostname({ value: 'bü' })])
    expect(plan.toString('hex')).toBe(
      // XDP1, version 1, size 36, 1 step | op 27, phase 2, no ints, 1 string, 0, size 20 | 3 bytes and NUL
      '58445031' +
        '01000000' +
        '24000000' +
        '01000000' +
        '1b00' +
        '02' +
        '00' +
        '0100' +
        '0000' +
        '14000000' +
        '03000000' +
        '62c3bc' +
        '00',
    )
  })

  test('writes integers as 64 bits with sign', () => {
    const plan = encodePlan([step.rlimit({ resource: 7, soft: 2n ** 40n, hard: -1 })])
    expect([28, 36, 44].map((at) => plan.readBigInt64LE(at))).toEqual([7n, 2n ** 40n, -1n])
    expect(encodePlan([step.bound({ mask: 2n ** 64n - 1n })]).readBigInt64LE(28)).toBe(-1n)
  })

  test('every step of the table has a number, phases and an example here', () => {
    // a plan that is held has no exec, and the other way round
    expect(new Set([...everyStep.map((s) => s.name), 'hold'])).toEqual(new Set(Object.keys(OP)))
    expect(Object.keys(STEP_PHASES).sort()).toEqual(Object.keys(OP).sort())
    expect(encodePlan(everyStep).readUInt32LE(12)).toBe(everyStep.length)
  })

  test('a constructor gives plain data with the phase', () => {
    expect(step.umask({ mask: 7 })).toEqual({ name: 'umask', phase: 'child', mask: 7 })
    expect(step.read({ dir: 1, file: 'x' })).toEqual({ name: 'read', phase: 'report', dir: 1, file: 'x' })
    expect(step.setns({ phase: 'host', slot: 1, flags: 2 }).phase).toBe('host')
    expect(slotPath(1)).toBe('/proc/self/fd/65')
  })

  test.each<[string, Step[], string, RegExp]>([
    ['a NUL', [step.chdir({ path: '/a\0b' })], 'EXECD_INTERNAL', /step 0 \(chdir\) has a NUL/],
    ['a fraction', [step.umask({ mask: 0.5 })], 'EXECD_INTERNAL', /0.5 for an integer/],
    ['NaN', [step.umask({ mask: Number.NaN })], 'EXECD_INTERNAL', /NaN for an integer/],
    ['65 bits', [step.bound({ mask: 2n ** 64n })], 'EXECD_INTERNAL', /beyond 64 bits/],
    [
      'a wrong phase',
      [{ ...step.pivot(), phase: 'host' } as unknown as Step],
      'EXECD_INTERNAL',
      /cannot be in phase host/,
    ],
    [
      'too many integers',
      [step.user({ extraGids: Array<number>(69).fill(1) })],
      'EXECD_INTERNAL',
      /73 integers/,
    ],
    [
      'too many strings',
      [step.env({ variables: Array<string>(65_536).fill('') })],
      'EXECD_INVALID_COMMAND',
      /65536 strings/,
    ],
    ['too many steps', Array<Step>(1025).fill(step.pivot()), 'EXECD_INVALID_COMMAND', /1025 steps/],
    [
      'too many bytes',
      [step.env({ variables: ['x'.repeat(PLAN_MAX_SIZE)] })],
      'EXECD_INVALID_COMMAND',
      /bytes is over/,
    ],
  ])('refuses %s', (_, steps, code, message) => {
    const encode = () => encodePlan(steps)
    expect(encode).toThrow(message)
    expect(encode).toThrow(expect.objectContaining({ code }))
  })
})
