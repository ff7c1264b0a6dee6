import type { CleanupProblem } from '@execd/core/driver'
import { type CgroupPaths, emptyGroups, removeGroups } from '@execd/linux/cgroup'

const TIMEOUT_MS = 10_000

/** Kills everything in groups; true when all of it has ended in time. Never rejects. */
export async function endGroups(paths: CgroupPaths): Promise<boolean> {
  return emptyGroups(paths, TIMEOUT_MS).then(
    () => true,
    () => false,
  )
}

/** Kills what is left in groups and removes them with all below. Returns what could not be removed. Never rejects. */
export async function discardGroups(paths: CgroupPaths): Promise<CleanupProblem[]> {
  await endGroups(paths) // what it cannot end shows in the removal
  return removeGroups(paths, TIMEOUT_MS)
}
