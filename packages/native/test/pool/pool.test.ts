import { setTimeout as sleep } from 'node:timers/promises'
import { afterEach, describe, expect, test } from '@jest/globals'
import { Pool } from '../../dist/pool/pool.js'
import type { Prepared } from '../../dist/pool/prepared.js'
import type { Shape } from '../../dist/pool/shape.js'
import { until } from '../driver/support/until.js'

/** A prepared container that is no process. */
class Fake {
  readonly madeAt = performance.now()
  readonly held: Promise<boolean>
  isGood = true
  discarded = false
  readonly monitor: { closed: Promise<void> }
  readonly die: () => void
  readonly key: string

  constructor(key: string, held: boolean) {
    this.key = key
    this.held = Promise.resolve(held)
    let die = (): void => {}
    this.monitor = {
      closed: new Promise((resolve) => {
        die = resolve
      }),
    }
    this.die = die
  }

  async discard(): Promise<void> {
    this.discarded = true
    this.die()
  }
}

const pools: Pool[] = []
afterEach(async () => {
  await Promise.all(pools.splice(0).map((pool) => pool.close()))
})

function poolOf(
  options: object = {},
  outcome: (key: string) => 'held' | 'fails' | 'none' | 'throws' = () => 'held',
) {
  const made: Fake[] = []
  const pool = new Pool({ min: 1, max: 4, idleTimeout: 60_000, ...options }, async ({ key }) => {
    const how = outcome(key)
    if (how === 'throws') throw new Error('no')
    if (how === 'none') return null
    const fake = new Fake(key, how === 'held')
    made.push(fake)
    return fake as unknown as Prepared
  })
  pools.push(pool)
  const take = (key: string) => pool.take({ key } as Shape) as unknown as Fake | null
  const filled = (count: number) =>
    until(`${count} are ready`, () => pool.status.ready === count && pool.status.preparing === 0)
  return { pool, made, take, filled }
}

describe('a pool', () => {
  test('learns what is started, and gives each one once', async () => {
    const { pool, made, take, filled } = poolOf()
    expect(pool.status).toEqual({ ready: 0, preparing: 0 })
    expect(take('a')).toBeNull()
    await filled(1)
    expect(take('b')).toBeNull()
    await filled(2)
    const one = take('a')
    expect(one).toBe(made[0])
    await filled(2)
    const other = take('a')
    expect(other?.key).toBe('a')
    expect(other).not.toBe(one)
  })

  test('wants more where starts find none, up to its bounds', async () => {
    const { pool, take, filled } = poolOf({ max: 3 })
    for (let n = 0; n < 6; n++) take('a')
    await filled(3)
    await sleep(20)
    expect(pool.status.ready).toBe(3)
  })

  test('what is asked for last has the room', async () => {
    const { made, take, filled } = poolOf({ max: 2 })
    for (let n = 0; n < 4; n++) take('a')
    await filled(2)
    take('b')
    await until('there is one of b', () => made.some(({ key }) => key === 'b'))
    await filled(2)
    expect(made.filter(({ discarded }) => discarded).map(({ key }) => key)).toEqual(['a'])
    expect(take('b')?.key).toBe('b')
  })

  test('throws away what is not good any more', async () => {
    const { made, take, filled } = poolOf()
    take('a')
    await filled(1)
    const [first] = made
    if (first !== undefined) first.isGood = false
    expect(take('a')).toBeNull()
    expect(first?.discarded).toBe(true)
    await until('another', () => made.length > 1)
    expect(take('a')).not.toBe(first)
  })

  test('throws away what ends by itself', async () => {
    const { pool, made, take, filled } = poolOf()
    take('a')
    await filled(1)
    made[0]?.die()
    await until('it is thrown away', () => made[0]?.discarded === true)
    expect(pool.status.ready).toBe(0)
    expect(take('a')).toBeNull()
  })

  test.each(['fails', 'none', 'throws'] as const)(
    'what cannot be made (%s) is tried again with the next start only',
    async (how) => {
      let tries = 0
      const { take, pool } = poolOf({}, () => {
        tries += 1
        return how
      })
      expect(take('a')).toBeNull()
      await until('it was tried', () => tries === 1)
      await sleep(20)
      expect(tries).toBe(1)
      expect(take('a')).toBeNull()
      await until('it was tried again', () => tries === 2)
      expect(pool.status.ready).toBe(0)
    },
  )

  test('makes anew what has waited long, as many as is least', async () => {
    const { made, take, filled } = poolOf({ min: 1, max: 4, idleTimeout: 100 })
    for (let n = 0; n < 4; n++) take('a')
    await filled(4)
    await until(
      'there is a new one',
      () => made.length > 5 && made.filter(({ discarded }) => !discarded).length === 1,
      5000,
    )
    await until(
      'that goes too',
      () => made.filter(({ discarded }) => !discarded).length === 1 && made.length > 6,
      5000,
    )
  })

  test('keeps nothing that nobody asks for, with a least of 0', async () => {
    const { pool, made, take, filled } = poolOf({ min: 0, idleTimeout: 100 })
    take('a')
    await filled(1)
    await until('it is thrown away', () => made[0]?.discarded === true, 5000)
    await sleep(100)
    expect(pool.status).toEqual({ ready: 0, preparing: 0 })
    expect(made).toHaveLength(1)
  })

  test('prepares when asked to, and says when it is done', async () => {
    const { pool, take } = poolOf({ min: 3 })
    await pool.prepare({ key: 'a' } as Shape)
    expect(pool.status.ready).toBe(3)
    expect(take('a')?.key).toBe('a')
    const { pool: other } = poolOf({}, () => 'fails')
    await other.prepare({ key: 'a' } as Shape)
    expect(other.status.ready).toBe(0)
  })

  test('two that are prepared at once share the room, and neither waits for ever', async () => {
    const { pool } = poolOf({ min: 3, max: 4 })
    await Promise.all(['a', 'b'].map((key) => pool.prepare({ key } as Shape)))
    expect(pool.status.ready).toBeLessThanOrEqual(4)
  })

  test('holds nothing when it is closed, and gives nothing', async () => {
    const { pool, made, take, filled } = poolOf({ min: 2 })
    take('a')
    await filled(1)
    const preparing = pool.prepare({ key: 'b' } as Shape)
    await pool.close()
    await preparing
    expect(made.every(({ discarded }) => discarded)).toBe(true)
    expect(pool.status).toEqual({ ready: 0, preparing: 0 })
    expect(take('a')).toBeNull()
  })
})
