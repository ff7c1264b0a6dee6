import { describe, expect, test } from '@jest/globals'
import { quantile, ratio, summarize } from '../dist/stats.js'

describe('quantile', () => {
  test.each([
    [0, 1],
    [0.25, 1.75],
    [0.5, 2.5],
    [0.9, 3.7],
    [1, 4],
  ])('of 1 2 3 4 at %d is %d', (q, wanted) => {
    expect(quantile([1, 2, 3, 4], q)).toBeCloseTo(wanted)
  })

  test('of one sample is that sample, of none NaN', () => {
    expect(quantile([7], 0.9)).toBe(7)
    expect(quantile([], 0.5)).toBeNaN()
  })
})

describe('summarize', () => {
  test('does not depend on the order, and leaves it alone', () => {
    const samples = [30, 1, 20, 10, 1000]
    const summary = summarize(samples)
    expect(samples).toEqual([30, 1, 20, 10, 1000])
    expect(summary).toMatchObject({ count: 5, min: 1, median: 20, max: 1000 })
    expect(summarize([...samples].reverse())).toEqual(summary)
  })

  test('sorts numbers as numbers', () => {
    expect(summarize([9, 10, 100]).median).toBe(10)
  })

  test('one far sample moves the far end, not the median', () => {
    const summary = summarize([...Array.from({ length: 99 }, () => 2), 500])
    expect(summary.median).toBe(2)
    expect(summary.p90).toBe(2)
    expect(summary.max).toBe(500)
  })
})

describe('ratio', () => {
  test('is the value in multiples of the base', () => {
    expect(ratio(3, 2)).toBe(1.5)
  })

  test.each([[undefined], [0], [Number.NaN]])('is null against %p', (base) => {
    expect(ratio(3, base)).toBeNull()
  })
})
