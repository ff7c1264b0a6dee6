import { setTimeout as delay } from 'node:timers/promises'
import { type CgroupPaths, emptyGroups, groupError, removeGroups } from '@execd/linux/cgroup'
import { isAlive, signalProcess } from '@execd/linux/proc'
import type { LostProcess } from '../process/running-process.js'

const TIMEOUT_MS = 10_000
/** A little more than an init takes at most to end its tree (END_TREE_MS of the helper). */
const TREE_TIMEOUT_MS = 11_000
const POLL_MS = 10

/**
 * After a monitor died: kills what it looked after and removes the cgroups. The command itself dies with its monitor (parent death
 * signal) unless a set-user-ID program cleared that.
 */
export async function cleanUpLost(cgroups: CgroupPaths | null, lost: LostProcess | null): Promise<void> {
  if (lost !== null) {
    try {
      signalProcess(lost, 'SIGKILL')
    } catch {
      // of another user by now: what empties the cgroup says so
    }
  }
  if (cgroups === null) return
  await emptyGroups(cgroups, TIMEOUT_MS)
  const [left] = await removeGroups(cgroups, TIMEOUT_MS)
  if (left !== undefined) throw groupError(`could not ${left.step}`, left.errno, {})
}

/**
 * After the monitor of an exec without a cgroup died: its init is told so by the parent death signal and ends the tree, then itself.
 * Killed before, it would leave the tree to the container.
 */
export async function cleanUpLostTree(lost: LostProcess | null): Promise<void> {
  if (lost === null) return
  for (const end = performance.now() + TREE_TIMEOUT_MS; performance.now() < end; await delay(POLL_MS)) {
    if (!isAlive(lost)) return
  }
  await cleanUpLost(null, lost)
}
