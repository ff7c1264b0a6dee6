import { allCases } from '@execd/conformance'
import { fieldKeys, OPTIONAL_VERBS } from '@execd/core/driver'
import { describe, expect, test } from '@jest/globals'
import { IGNORED } from './broken/ignoring.js'
import { BROKEN } from './broken/index.js'
import { UNPROVEN } from './broken/unproven.js'

const caught = new Set<string>([...BROKEN, ...IGNORED].flatMap(({ fails }) => fails))
const fieldRefusals = fieldKeys().map((key) => `refusals.${key}`)
const cases = [
  ...allCases({ leftovers: () => [] }).map(({ id }) => id),
  ...OPTIONAL_VERBS.map((verb) => `refusals.${verb}`),
]

describe('the proof of the kit', () => {
  test('has a broken driver for every case, or says why there can be none', () => {
    expect(cases.filter((id) => !caught.has(id) && !Object.hasOwn(UNPROVEN, id))).toEqual([])
  })

  test('has one for the refusals of fields, which are all one case', () => {
    expect(fieldRefusals.some((id) => caught.has(id))).toBe(true)
  })

  test('says of nothing that it cannot be proven which is, or which is no case', () => {
    expect(Object.keys(UNPROVEN).filter((id) => caught.has(id) || !cases.includes(id))).toEqual([])
  })

  test('expects cases that there are', () => {
    expect([...caught].filter((id) => !cases.includes(id) && !fieldRefusals.includes(id))).toEqual([])
  })

  test('has faults with words of their own', () => {
    const faults = BROKEN.map(({ fault }) => fault)
    expect(new Set(faults).size).toBe(faults.length)
    const fields = IGNORED.map(({ field }) => field)
    expect(new Set(fields).size).toBe(fields.length)
  })
})
