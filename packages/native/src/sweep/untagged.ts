import { statSync } from 'node:fs'
import { rmdir } from 'node:fs/promises'
import { setTimeout as delay } from 'node:timers/promises'
import { pidsBelow } from '@execd/linux/cgroup'
import type { Syscalls } from '../sys/syscalls.js'
import { findUntagged, type ParentFolder } from './find-groups.js'

/** A start takes microseconds from a group to its tag: what has none after this time has no maker any more. */
const UNTAGGED_MS = 2000

function inode(path: string): bigint | null {
  try {
    return statSync(path, { bigint: true }).ino
  } catch {
    return null
  }
}

/**
 * Removes empty groups whose maker was killed before it could tag them: those that are there, the same and untagged, at two moments that are far apart.
 * Does nothing when the signal fires meanwhile. Paths of what was removed.
 */
export async function sweepUntagged(
  sys: Syscalls,
  parents: readonly ParentFolder[],
  signal: AbortSignal,
): Promise<string[]> {
  const first = new Map(findUntagged(sys, parents).map((path) => [path, inode(path)]))
  if (first.size === 0) return []
  try {
    await delay(UNTAGGED_MS, undefined, { signal, ref: false })
  } catch {
    return []
  }
  const removed: string[] = []
  for (const path of findUntagged(sys, parents)) {
    const before = first.get(path)
    if (before === undefined || before === null || inode(path) !== before) continue
    if ((await pidsBelow(path)).length > 0) continue
    try {
      await rmdir(path)
      removed.push(path)
    } catch {
      // not empty: somebody else's
    }
  }
  return removed
}
