import { describe, expect, test } from '@jest/globals'
import { randomFrom, shuffled } from '../dist/shuffle.js'

describe('randomFrom', () => {
  test('gives the same numbers for the same seed, others for another', () => {
    const take = (seed: number) => {
      const random = randomFrom(seed)
      return [random(), random(), random()]
    }
    expect(take(1)).toEqual(take(1))
    expect(take(1)).not.toEqual(take(2))
  })
})

describe('shuffled', () => {
  test('keeps every item once and the given order alone', () => {
    const items = ['a', 'b', 'c', 'd', 'e', 'f']
    const result = shuffled(items, randomFrom(3))
    expect([...result].sort()).toEqual(items)
    expect(items).toEqual(['a', 'b', 'c', 'd', 'e', 'f'])
  })

  test('brings every item to every place about equally often', () => {
    const random = randomFrom(1)
    const counts = new Map<string, number>()
    for (let round = 0; round < 3000; round += 1) {
      for (const [place, item] of shuffled(['a', 'b', 'c'], random).entries()) {
        const key = `${item}${place}`
        counts.set(key, (counts.get(key) ?? 0) + 1)
      }
    }
    expect(counts.size).toBe(9)
    for (const count of counts.values()) expect(Math.abs(count - 1000)).toBeLessThan(150)
  })
})
