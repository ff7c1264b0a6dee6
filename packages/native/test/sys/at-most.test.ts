import { setImmediate } from 'node:timers/promises'
import { expect, test } from '@jest/globals'
import { atMost } from '../../dist/sys/at-most.js'

test('so many run at a time, in their order, and a failure frees its place', async () => {
  const limited = atMost(2)
  let running = 0
  let most = 0
  const order: number[] = []
  const all = [0, 1, 2, 3, 4, 5].map((index) =>
    limited(async () => {
      order.push(index)
      running += 1
      most = Math.max(most, running)
      await setImmediate()
      running -= 1
      if (index === 1) throw new Error('of this one alone')
      return index
    }).catch(() => -1),
  )
  expect(await Promise.all(all)).toEqual([0, -1, 2, 3, 4, 5])
  expect(order).toEqual([0, 1, 2, 3, 4, 5])
  expect(most).toBe(2)
})
