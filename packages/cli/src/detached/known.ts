import type { Command, DetachedContainer, ProcessIO, Verdict } from '@execd/core'
import type { ContainerRecord } from './records.js'

/** A detached container, as its driver and the records tell. */
export interface Known {
  readonly id: string
  readonly driver: string
  /** "exited": it has ended. "lost": a record is all that is left of it, and how it ended is not known. */
  readonly status: 'running' | 'paused' | 'exited' | 'lost'
  readonly command: Command | null
  readonly io: ProcessIO | null
  /** Process id on the host; 0 when it does not run. */
  readonly pid: number
  /** Process id of the living owner, or null. */
  readonly owner: number | null
  /** Milliseconds since 1970, or null. */
  readonly startedAt: number | null
  readonly exit: { readonly exitCode: number | null; readonly signal: NodeJS.Signals | null } | null
  readonly verdict: Verdict | null
  readonly record: ContainerRecord | null
  /** The driver knows of it: its end has to be taken from there. */
  readonly held: boolean
}

/** From what a driver knows. Pure. */
export function fromDriver(driver: string, found: DetachedContainer, record: ContainerRecord | null): Known {
  const { id, command, io, pid, owner, startedAt, exit, status } = found
  const ended = status === 'stopped'
  return {
    ...{ id, driver, command, io, pid, owner, startedAt, exit, record },
    status: ended ? 'exited' : status,
    verdict: null,
    held: true,
  }
}

/** From a record of what no driver knows. Pure. */
export function fromRecord(record: ContainerRecord): Known {
  const { id, driver, ended } = record
  return {
    ...{ id, driver, record, pid: 0, owner: null, held: false },
    status: ended === null ? 'lost' : 'exited',
    command: ended?.command ?? null,
    io: ended?.io ?? null,
    startedAt: ended?.startedAt ?? null,
    exit: ended?.verdict ?? null,
    verdict: ended?.verdict ?? null,
  }
}
