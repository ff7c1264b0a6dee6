import { type CleanupProblem, ExecdError } from '@execd/core/driver'
import { type CgroupPaths, emptyGroups, removeGroups } from '@execd/linux/cgroup'
import { Folder } from '../state/folder.js'
import type { Syscalls } from '../sys/syscalls.js'
import type { FoundGroup } from './find-groups.js'
import { groupsTagged } from './tagged-groups.js'

const TIMEOUT_MS = 10_000

/** What became of a group, and what is left of it. */
export interface Removal {
  readonly removed: readonly string[]
  readonly problems: readonly CleanupProblem[]
}

/**
 * Ends all that is in a group and removes it, in all its hierarchies. What is killed is in the very group that was looked at, by its descriptor: its id may
 * be another container's the next moment.
 */
export async function removeGroup(sys: Syscalls, group: FoundGroup): Promise<Removal> {
  const version = 'unified' in group.dirs && Object.keys(group.dirs).length === 1 ? 2 : 1
  const paths: CgroupPaths = { version, dirs: group.dirs }
  try {
    await emptyPinned(sys, paths, group)
  } catch (error) {
    if (!ExecdError.is(error)) throw error
    return {
      removed: [],
      problems: [{ step: `empty the cgroup ${group.name}`, errno: error.details.errno ?? error.code }],
    }
  }
  const own = groupsTagged(sys, paths, group.tag)
  if (own === null) return { removed: [], problems: [] } // its monitor was quicker
  const problems = await removeGroups(own, TIMEOUT_MS)
  const dirs = [...new Set(Object.values(own.dirs))]
  return { removed: dirs.filter((dir) => !problems.some(({ step }) => step.endsWith(` ${dir}`))), problems }
}

async function emptyPinned(sys: Syscalls, paths: CgroupPaths, { name, tag }: FoundGroup): Promise<void> {
  const folders: Folder[] = []
  try {
    const pinned: Record<string, string> = {}
    for (const [controller, dir] of Object.entries(paths.dirs)) {
      const folder = openIfThere(dir)
      if (folder === null) continue
      folders.push(folder)
      pinned[controller] = `/proc/self/fd/${folder.fd}`
    }
    const own = groupsTagged(sys, { ...paths, dirs: pinned }, tag)
    if (own !== null) await emptyGroups(own, TIMEOUT_MS, name.slice(name.lastIndexOf('/') + 1))
  } finally {
    for (const folder of folders) folder.close()
  }
}

function openIfThere(dir: string): Folder | null {
  try {
    return Folder.open(dir)
  } catch {
    return null // gone meanwhile
  }
}
