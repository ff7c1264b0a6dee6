import { readFile } from 'node:fs/promises'
import { type CgroupPaths, joinPath } from '@execd/linux/cgroup'

/** Whether the groups are frozen, or being frozen. */
export async function isFrozen({ version, dirs }: CgroupPaths): Promise<boolean> {
  const dir = version === 2 ? dirs.unified : dirs.freezer
  if (dir === undefined) return false
  try {
    const text = await readFile(joinPath(dir, version === 2 ? 'cgroup.freeze' : 'freezer.state'), 'latin1')
    return version === 2 ? text.trim() === '1' : text.trim() !== 'THAWED'
  } catch {
    return false // has ended
  }
}
