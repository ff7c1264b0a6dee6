import assert from 'node:assert/strict'
import type { Container } from '@execd/core'
import { alive, type Identity, identify, killAll } from '../host/processes.js'
import { until } from '../host/wait.js'

/** Makes processes that leave their parent, some of them its session too: six that sleep and a shell; the script goes on after it. */
export const MAKE_DAEMONS =
  '(sleep 61 & sleep 62 & wait) & (setsid sh -c "sleep 63 & sleep 64" <&- >&- 2>&- &); sleep 65 &'

/** Makes them and waits. */
export const DAEMONS = `${MAKE_DAEMONS} wait`

const LEAST = 6

/** The processes of a container that runs the script, when all of them are there. They are ended after the case, whatever the driver does. */
export async function family(
  container: Container,
  after: (work: () => unknown) => void,
): Promise<Identity[]> {
  const pids = await until('the descendants of the script in pids()', async () => {
    const found = await container.pids()
    return found.length >= LEAST && found
  })
  const processes = pids.map(identify).filter((found) => found !== null)
  after(() => killAll(processes))
  return processes
}

/** Fails when one of the processes still lives. */
export function gone(processes: readonly Identity[]): void {
  const left = alive(processes)
  assert.equal(
    left.length,
    0,
    `${left.length} of ${processes.length} processes still live: ${left.map(({ pid }) => pid).join(', ')}`,
  )
}
