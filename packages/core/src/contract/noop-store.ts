import type { Command } from '../command/command.js'
import type { ProcessIO } from './driver.js'
import type { NoopProcess } from './noop-process.js'
import type { DetachedContainer } from './recovery.js'

/** A detached container as it is kept. */
export interface NoopKept {
  readonly command: Command
  readonly io: ProcessIO
  readonly startedAt: number
  readonly process: NoopProcess
  readonly paused: boolean
  /** The driver object that has it; null: none. */
  readonly owner: object | null
}

/** Detached containers, owned or not. */
export type NoopStore = Map<string, NoopKept>

/** What everybody may see of one. */
export function describeKept(id: string, kept: NoopKept, paused = kept.paused): DetachedContainer {
  const { command, io, startedAt, process: its, owner } = kept
  const status = its.alive ? (paused ? 'paused' : 'running') : 'stopped'
  const pid = its.alive ? its.pid : 0
  return {
    id,
    command,
    io,
    pid,
    status,
    owner: owner === null ? null : process.pid,
    startedAt,
    exit: its.end,
  }
}
