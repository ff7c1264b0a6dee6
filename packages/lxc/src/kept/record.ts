import { readFileSync, renameSync, writeFileSync } from 'node:fs'
import type { Command, ProcessIO } from '@execd/core/driver'
import type { CgroupPaths } from '@execd/linux/cgroup'
import type { ProcessIdentity } from '@execd/linux/proc'
import type { Home } from './home.js'

/** What is written down of a detached container once it runs. */
export interface KeptRecord {
  readonly version: 1
  readonly command: Command
  readonly io: ProcessIO
  readonly startedAt: number
  /** Process 1, and the command when that is another process. */
  readonly first: ProcessIdentity
  readonly second: ProcessIdentity | null
  readonly outer: CgroupPaths
  readonly payload: CgroupPaths
  readonly monitor: CgroupPaths
}

/** Writes it down, wholly or not at all. */
export function writeRecord(home: Home, record: KeptRecord): void {
  const text = JSON.stringify(record, (_, value) => (typeof value === 'bigint' ? `${value}` : value))
  writeFileSync(`${home.record}.new`, text, { mode: 0o600 })
  renameSync(`${home.record}.new`, home.record)
}

const identity = (value: { pid: number; startTime: string }): ProcessIdentity => ({
  pid: value.pid,
  startTime: BigInt(value.startTime),
})

/** Reads it; null when the container never ran, or somebody else has written there. */
export function readRecord(home: Home): KeptRecord | null {
  try {
    const value = JSON.parse(readFileSync(home.record, 'utf8'))
    if (value?.version !== 1) return null
    const { first, second } = value
    return { ...value, first: identity(first), second: second === null ? null : identity(second) }
  } catch {
    return null
  }
}
