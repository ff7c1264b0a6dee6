import { groupTree, readText } from '../files.js'
import { joinPath } from '../text.js'
import type { CgroupPaths } from '../types.js'

/** Where all processes of a container are found on v1, best first: a frozen group does not change. */
const ORDER_V1 = ['freezer', 'pids', 'memory', 'cpuacct', 'devices']

/** The group that has every process of the container in it or below; null when the container has no group. */
export function wholeGroup(paths: CgroupPaths): string | null {
  const controller = (paths.version === 2 ? ['unified'] : ORDER_V1).find((name) => name in paths.dirs)
  return controller === undefined ? (Object.values(paths.dirs)[0] ?? null) : (paths.dirs[controller] ?? null)
}

/**
 * Process ids, as this process sees them, of everything in the groups; in ascending order. A process of a pid namespace that is
 * not visible here has none and is left out. Empty when the groups are gone.
 */
export async function readPids(paths: CgroupPaths): Promise<number[]> {
  const group = wholeGroup(paths)
  return group === null ? [] : pidsBelow(group)
}

/** The same for one group by its directory. */
export async function pidsBelow(group: string): Promise<number[]> {
  const groups = await groupTree(group)
  const texts = await Promise.all(groups.map((dir) => readText(joinPath(dir, 'cgroup.procs'))))
  return [...new Set(texts.flatMap(parsePids))].sort((a, b) => a - b)
}

/** The ids in a text of cgroup.procs. 0, a process of an invisible pid namespace, is left out: kill(0) is one's own group. Pure. */
export function parsePids(text: string | null): number[] {
  return (text ?? '')
    .split('\n')
    .map(Number)
    .filter((pid) => Number.isInteger(pid) && pid > 0)
}
