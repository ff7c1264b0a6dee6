import { randomInt } from 'node:crypto'
import { requires } from '@execd/test-support'
import { afterAll, beforeAll, jest } from '@jest/globals'
import { bear, FAULTS } from './faults.js'
import { World } from './world.js'

/** Of each fault; `npm run faults` does hundreds. */
const ROUNDS = 6

jest.setTimeout(240_000)
const { test, describe } = requires('root', 'cgroups', 'busybox')

describe('faults', () => {
  const seed = randomInt(2 ** 31)
  const world = new World(seed)
  beforeAll(() => world.open())
  afterAll(() => world.close())

  test.each(FAULTS)('%s: nothing is left, and the next container runs', async (_, fault) => {
    for (let round = 1; round <= ROUNDS; round += 1) {
      await bear(world, fault).catch((error: unknown) => {
        throw new Error(`round ${round} with seed ${seed}`, { cause: error })
      })
    }
  })
})
