import type { ProcessIO, Stdio } from '@execd/core/driver'
import { describe, expect, test } from '@jest/globals'
import { extendPlan } from '../../dist/isolation/extend-plan.js'
import { outputFiles, outputSteps } from '../../dist/isolation/output-files.js'
import { step } from '../../dist/plan/steps.js'

const rotated = (
  path: string,
  more: { append?: boolean; maxSize?: number; maxFiles?: number } = {},
): Stdio => {
  const { append = false, maxSize = 4096, maxFiles = 3 } = more
  return { type: 'file', path, append, rotate: { maxSize, maxFiles } }
}
const io = (stdout: Stdio, stderr: Stdio): ProcessIO => ({ stdin: { type: 'ignore' }, stdout, stderr })

describe('outputs that are rotated', () => {
  test('are those with a rotation', () => {
    const plain: Stdio = { type: 'file', path: '/x', append: false, rotate: null }
    expect(outputFiles(io(plain, { type: 'pipe' }))).toEqual([])
    expect(outputFiles(io(plain, rotated('/a/err', { append: true })))).toEqual([
      { path: '/a/err', append: true, maxSize: 4096, maxFiles: 3, descriptors: [2] },
    ])
  })

  test('into one file are one, in one way only', () => {
    expect(outputFiles(io(rotated('/a'), rotated('/a')))).toMatchObject([{ path: '/a', descriptors: [1, 2] }])
    expect(outputFiles(io(rotated('/a'), rotated('/b')))).toHaveLength(2)
    for (const more of [{ append: true }, { maxSize: 5000 }, { maxFiles: 4 }]) {
      expect(() => outputFiles(io(rotated('/a'), rotated('/a', more)))).toThrow(
        expect.objectContaining({ code: 'EXECD_INVALID_OPTION' }),
      )
    }
  })

  test('come first in a plan, and say what they are', () => {
    const first = outputSteps(outputFiles(io(rotated('/a/out'), rotated('/b/err'))), { uid: 7, gid: 8 })
    const whole = {
      steps: [step.clone({ flags: 0 }), step.exec({ args: ['true'] })],
      about: [null, null],
      limits: [],
    }
    const last = [[null, step.save({ dir: 63, file: 'status' })]] as const
    const plan = extendPlan(whole, { first, clone: { detached: true }, last })
    expect(plan.steps.map(({ name }) => name)).toEqual([
      'open',
      'log',
      'open',
      'log',
      'clone',
      'exec',
      'save',
    ])
    expect(plan.steps[1]).toMatchObject({ descriptors: [1], file: 'out', owner: { uid: 7, gid: 8 } })
    expect(plan.steps[4]).toMatchObject({ flags: 0, detached: true })
    expect(plan.about.map((about) => about?.action ?? null)).toEqual([
      'open the output file /a/out',
      'open the output file /a/out',
      'open the output file /b/err',
      'open the output file /b/err',
      null,
      null,
      null,
    ])
  })
})
