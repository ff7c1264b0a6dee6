import { existsSync, readdirSync, rmdirSync, writeFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import type { CleanupProblem } from '@execd/core/driver'
import { errnoOf } from '../errors.js'
import { anyGroup, type GroupDirs, pidsOf, treeOf } from './cgroups.js'

const TIMEOUT_MS = 10_000
const FIRST_PAUSE_MS = 1
const LONGEST_PAUSE_MS = 50

/** Thaws the groups below a path: a frozen process of cgroup v1 does not die. No error when there is nothing to thaw. */
export function thawAll(dirs: GroupDirs): void {
  for (const [dir, file, word] of [
    [dirs.get('freezer'), 'freezer.state', 'THAWED'],
    [dirs.get(''), 'cgroup.freeze', '0'],
  ] as const) {
    if (dir === undefined) continue
    for (const group of treeOf(dir).reverse()) {
      try {
        writeFileSync(`${group}/${file}`, word)
      } catch {
        // no such file in this group
      }
    }
  }
}

/** SIGKILL to everything in the groups, again until nothing is left; processes that fork meanwhile are caught in the next round. False when that does not happen in time. */
export async function emptyGroups(dirs: GroupDirs): Promise<boolean> {
  const group = anyGroup(dirs)
  const deadline = performance.now() + TIMEOUT_MS
  for (let pause = FIRST_PAUSE_MS; ; pause = Math.min(pause * 2, LONGEST_PAUSE_MS)) {
    const pids = group === undefined ? [] : pidsOf(group)
    if (pids.length === 0) return true
    for (const pid of pids) {
      try {
        process.kill(pid, 'SIGKILL')
      } catch {
        // ended in between
      }
    }
    thawAll(dirs)
    if (performance.now() > deadline) return false
    await sleep(pause)
  }
}

function removeTree(dir: string): string | null {
  let problem: string | null = null
  for (const group of treeOf(dir)) {
    try {
      rmdirSync(group)
    } catch (error) {
      if (errnoOf(error) !== 'ENOENT') problem = errnoOf(error)
    }
  }
  return problem
}

/** Removes groups with all below them; what still runs there is killed first. Returns what could not be removed. */
export async function removeGroups(dirs: GroupDirs): Promise<CleanupProblem[]> {
  const paths = [...new Set(dirs.values())]
  let left = paths.filter((dir) => removeTree(dir) !== null)
  if (left.length > 0) await emptyGroups(dirs)
  const deadline = performance.now() + TIMEOUT_MS
  for (
    let pause = FIRST_PAUSE_MS;
    left.length > 0 && performance.now() < deadline;
    pause = Math.min(pause * 2, LONGEST_PAUSE_MS)
  ) {
    left = left.filter((dir) => removeTree(dir) !== null)
    if (left.length > 0) await sleep(pause)
  }
  return left
    .filter((dir) => existsSync(dir) && readdirSync(dir).length > 0)
    .map((dir) => ({ step: `remove ${dir}`, errno: removeTree(dir) ?? 'EBUSY' }))
}
