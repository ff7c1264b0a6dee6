import { setTimeout as sleep } from 'node:timers/promises'
import type { Verdict } from '@execd/core'
import { isAlive } from '../host/alive.js'
import type { Given } from '../table/types.js'
import { pick } from './find.js'
import type { Known } from './known.js'
import { withContainer } from './own.js'
import { allKnown } from './reach.js'

const LOOK_MS = 100
/** A process id may be another's by now: this often the driver is asked. */
const ASK_EVERY = 20

/** Waits for the end of a container without owning it, so that others may stop it meanwhile. Gives what is known of it then. */
export async function untilEnded(given: Given, known: Known): Promise<Known> {
  let now = known
  for (let looks = 1; now.status === 'running' || now.status === 'paused'; looks++) {
    await sleep(LOOK_MS)
    if (isAlive(now.pid) && looks % ASK_EVERY !== 0) continue
    now = await lookAgain(given, now)
  }
  return now
}

async function lookAgain(given: Given, known: Known): Promise<Known> {
  const all = await allKnown(given)
  // Whoever has seen the end first may have removed the container with it.
  return all.some(({ id }) => id === known.id)
    ? pick(all, known.id)
    : { ...known, status: 'lost', pid: 0, held: false }
}

/** The end of a container that has ended: taken from its driver, unless that was done before. */
export async function takeEnd(given: Given, known: Known): Promise<Verdict | Known['exit']> {
  if (!known.held) return known.verdict ?? known.exit
  try {
    return await withContainer(given, known, (container) => container.wait())
  } catch (error) {
    const now = await lookAgain(given, known)
    if (now.held) throw error
    return now.verdict ?? known.exit
  }
}
