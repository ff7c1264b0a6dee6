import { readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { groupsOfProcess, readLayout } from '@execd/linux/cgroup'

/** How many groups above that of a process may belong to its container. */
const LEVELS = 4

/** What a file says in the group of a process and in those above it, the nearest first; of v1 in that of the controller. */
export function groupFile(pid: number, controller: string, names: readonly string[]): string[] {
  const groups = groupsOfProcess(readLayout(), pid)
  if (groups === null) return []
  const start = groups.version === 1 ? groups.dirs[controller] : groups.dirs.unified
  if (start === undefined) return []
  const above = Array.from({ length: LEVELS }).reduce<string[]>(
    (found) => [...found, dirname(found.at(-1) ?? start)],
    [start],
  )
  return above
    .flatMap((folder) => names.map((name) => textOf(join(folder, name))))
    .filter((text) => text !== '')
}

/** The version that limits are of on this host. */
export function groupVersion(): 1 | 2 {
  return readLayout().version ?? 2
}

function textOf(path: string): string {
  try {
    return readFileSync(path, 'utf8').trim()
  } catch {
    return ''
  }
}
