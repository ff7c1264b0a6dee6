import { describe, expect, test } from '@jest/globals'
import { resolveCommand } from '../../dist/command/resolve.js'
import type { ExecdError } from '../../dist/errors/execd-error.js'
import { schemaFields } from './field-list.js'
import { pathOf, SAMPLES, withValue } from './samples.js'

/** Every place in a sample: "process.rlimits[0].soft". */
function* places(value: unknown, path: string): Generator<string> {
  if (path !== '') yield path
  if (Array.isArray(value))
    for (const [index, item] of value.entries()) yield* places(item, `${path}[${index}]`)
  else if (typeof value === 'object' && value !== null) {
    for (const [key, item] of Object.entries(value))
      if (/^\w+$/.test(key)) yield* places(item, path === '' ? key : `${path}.${key}`)
  }
}

/** Not named by the schema: free names in a record, and the discriminators. */
const FREE =
  /^(labels|process\.env|resources\.unified|sysctl|hooks\.\w+\[\d\]\.env)\.|^seccomp\.(defaultErrnoRet|syscalls\[0\]\.args)/

const cases = Object.entries(SAMPLES).flatMap(([name, sample]) =>
  [...places(sample, '')].map((path) => ({ name, path, sample })),
)

/** The error that resolving gives. */
function refusal(input: unknown): ExecdError {
  try {
    resolveCommand(input)
  } catch (error) {
    return error as ExecdError
  }
  throw new Error('the command was taken')
}

test('the samples write every field of the schema', () => {
  const written = new Set(cases.map(({ path }) => path.replaceAll(/\[\d+\]/g, '[]')))
  expect(schemaFields().filter(({ path }) => !written.has(path))).toEqual([])
})

test('every field has a description', () => {
  expect(schemaFields().filter(({ described }) => !described)).toEqual([])
})

describe('a value of the wrong kind', () => {
  const wrong = cases.filter(({ path }) => !FREE.test(path))
  test.each(wrong)('$name: $path', ({ sample, path }) => {
    // No field takes a date: not its kind, not its text.
    const error = refusal(withValue(sample, pathOf(path), new Date(0)))
    expect(error.code).toBe('EXECD_INVALID_COMMAND')
    const problems = error.details.problems ?? []
    expect(problems.map((problem) => problem.path)).toContain(path)
    for (const { wanted, got } of problems) {
      expect(wanted).not.toMatch(/invalid|unrecognized|expected/i)
      expect(got).not.toBe('')
    }
    expect(error.message).toContain(`${path}: wanted `)
  })
})

describe('a field with a name that is not known', () => {
  const objects = cases.filter(({ sample, path }) => {
    const value = pathOf(path).reduce<unknown>(
      (inner, key) => (inner as Record<string | number, unknown>)[key],
      sample,
    )
    const free = /^(labels|process\.env|resources\.unified|sysctl|hooks\.\w+\[\d\]\.env|seccomp.*)$/
    return typeof value === 'object' && value !== null && !Array.isArray(value) && !free.test(path)
  })
  test.each(objects)('$name: in $path', ({ sample, path }) => {
    const error = refusal(withValue(sample, [...pathOf(path), 'bogus'], 1))
    expect(error.details.problems).toContainEqual({
      path: `${path}.bogus`,
      wanted: expect.stringContaining('no field of this name'),
      got: '1',
    })
  })
})
