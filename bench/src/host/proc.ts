import { readFileSync, readlinkSync } from 'node:fs'
import { basename } from 'node:path'
import { allPids, readStat } from '@execd/linux/proc'

/** A process and everything below it. */
export function familyOf(pid: number): number[] {
  const parents = new Map(allPids().map((one) => [one, readStat(one)?.parent]))
  const family = [pid]
  for (const member of family) {
    for (const [child, parent] of parents) if (parent === member) family.push(child)
  }
  return family
}

/** File name of what a process runs, or null when it is gone. */
export function programOf(pid: number): string | null {
  try {
    return basename(readlinkSync(`/proc/${pid}/exe`))
  } catch {
    return null
  }
}

/** Memory of a process in kB, pages that several processes share counted in parts: Pss of /proc/PID/smaps_rollup. */
export function pssOf(pid: number): number {
  const found = /^Pss:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8'))
  return Number(found?.[1])
}
