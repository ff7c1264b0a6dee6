import type { Command } from '../command/command.js'
import type { DriverProcess, ProcessIO } from './driver.js'
import type { CleanupProblem } from './exit.js'

/** A detached container as everybody may see it, owned or not. */
export interface DetachedContainer {
  readonly id: string
  readonly command: Command
  /** Where its output goes; a file can be read with `readOutput`. */
  readonly io: ProcessIO
  /** Process id on the host; 0 when stopped. */
  readonly pid: number
  /** "stopped": it has ended, and nobody has asked for its verdict yet. */
  readonly status: 'running' | 'paused' | 'stopped'
  /** Process id of the living process that owns it; null: free to be recovered. */
  readonly owner: number | null
  /** When the command started, in milliseconds since 1970. */
  readonly startedAt: number
  /** How it ended, when that is known already. */
  readonly exit: { readonly exitCode: number | null; readonly signal: NodeJS.Signals | null } | null
}

/** A container found again after a restart. One that has ended meanwhile has a `process` whose `exited` tells how. */
export interface Recovered {
  readonly command: Command
  readonly io: ProcessIO
  readonly process: DriverProcess
  /** When the command started, in milliseconds since 1970. */
  readonly startedAt: number
  /** It is frozen. */
  readonly paused: boolean
}

/** One thing that a dead owner had left. */
export interface SweptThing {
  readonly kind: 'process' | 'cgroup' | 'mount' | 'link' | 'state' | 'file'
  /** Its path, number or name. */
  readonly name: string
}

/** What a sweep did. */
export interface SweepReport {
  readonly removed: readonly SweptThing[]
  /** What should have been removed and could not be. */
  readonly problems: readonly CleanupProblem[]
}
