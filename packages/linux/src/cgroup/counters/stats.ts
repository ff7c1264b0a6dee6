import type { Stats } from '@execd/core/driver'
import { errnoOf } from '../../errno/index.js'
import { groupFileError } from '../errors.js'
import { readNow } from '../files.js'
import { joinPath } from '../text.js'
import type { CgroupPaths } from '../types.js'
import { statsV1 } from './stats-v1.js'
import { statsV2 } from './stats-v2.js'

/** Reads one file of the group of a controller; null when there is no such group or file. */
export type GroupReader = (controller: string, file: string) => string | null

/**
 * One sample of a container's or exec's groups, network not included (null). Null when the groups are gone. Throws EXECD_CGROUP for what cannot be read.
 */
export async function readStats(paths: CgroupPaths): Promise<Stats | null> {
  const read: GroupReader = (controller, file) => {
    const dir = paths.dirs[paths.version === 2 ? 'unified' : controller]
    return dir === undefined ? null : readNow(joinPath(dir, file))
  }
  let parts: Omit<Stats, 'time' | 'network'>
  try {
    parts = paths.version === 2 ? statsV2(read) : statsV1(read, paths)
  } catch (error) {
    throw groupFileError('could not read the counters of the cgroup', errnoOf(error), error)
  }
  if (parts.memory === null && parts.cpu === null && parts.pids === null) return null
  return { time: Date.now(), ...parts, network: null }
}
