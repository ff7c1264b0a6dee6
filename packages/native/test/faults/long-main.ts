import { randomInt } from 'node:crypto'
import { bear, FAULTS } from './faults.js'
import { World } from './world.js'

/** The long form: `rounds` of every fault; the first that is not borne ends it. */
async function main(rounds: number, seed: number): Promise<void> {
  process.stdout.write(`faults: ${rounds} rounds of ${FAULTS.length} faults, seed ${seed}\n`)
  const world = new World(seed)
  await world.open()
  try {
    for (const [name, fault] of FAULTS) {
      const start = performance.now()
      for (let round = 1; round <= rounds; round += 1) {
        await bear(world, fault).catch((error: unknown) => {
          throw new Error(`${name}, round ${round}, seed ${seed}`, { cause: error })
        })
      }
      const seconds = ((performance.now() - start) / 1000).toFixed(0)
      process.stdout.write(`${String(rounds).padStart(5)} times in ${seconds.padStart(4)} s: ${name}\n`)
    }
  } finally {
    await world.close()
  }
}

const [rounds = '100', seed = String(randomInt(2 ** 31))] = process.argv.slice(2)
await main(Number(rounds), Number(seed))
