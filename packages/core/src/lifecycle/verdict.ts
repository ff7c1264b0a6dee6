import type { CleanupProblem, ExitStatus, OomReport, Usage } from '../contract/exit.js'
import type { ExecdError } from '../errors/execd-error.js'

/** Why a process was ended by its caller. */
export type StopReason = 'timeout' | 'aborted' | 'output-limit'

/**
 * What ended a process.
 * "exited": by itself, with an exit code. "signaled": by a signal. "oom": killed by the kernel for want of memory. "timeout", "aborted", "output-limit": the
 * caller's wish, or the runtime was closed ("aborted"). "lost": the driver lost sight of it and made sure that nothing runs; its status is unknown.
 */
export type Reason = 'exited' | 'signaled' | 'oom' | 'lost' | StopReason

/** How a process ended: the same object for every driver. */
export interface Verdict {
  /** Of the container, or of the exec. */
  readonly id: string
  readonly reason: Reason
  /** Exited with 0, by itself. */
  readonly ok: boolean
  /** 0 to 255, or null when a signal ended it. */
  readonly exitCode: number | null
  /** Name of the signal that ended it, or null. */
  readonly signal: NodeJS.Signals | null
  /** What the kernel killed for want of memory, also when the process itself went on. Null: nothing, or not known. */
  readonly oom: OomReport | null
  readonly usage: Usage
  /** Keys of fields that the driver could not do and the caller allowed to skip. */
  readonly skipped: readonly string[]
  /** What could not be removed. */
  readonly cleanup: readonly CleanupProblem[]
  /** Failures of poststart and poststop hooks. */
  readonly hookErrors: readonly ExecdError[]
  /** Reason "aborted": the reason of the AbortSignal, the error of the input stream, or EXECD_CLOSED. Else undefined. */
  readonly abortReason: unknown
}

/** A verdict with what was collected. */
export interface RunResult<Output extends string | Buffer = string> extends Verdict {
  /** The last `maxOutput` bytes. Empty when stdout was no pipe. */
  readonly stdout: Output
  /** The last `maxOutput` bytes. Empty when stderr was no pipe, and with a terminal: stdout carries both. */
  readonly stderr: Output
  /** Bytes cut from the beginning of each. */
  readonly truncated: { readonly stdout: number; readonly stderr: number }
}

/** What the caller's side did to a process. */
export interface Interventions {
  /** The first reason to end it, or null. */
  readonly stop: StopReason | null
  readonly stopCause: unknown
  /** Whether SIGKILL was sent by the caller's side. */
  readonly killed: boolean
}

/** What ended a process. Pure. */
export function judge(status: ExitStatus, interventions: Interventions): Reason {
  if (status.lost) return 'lost'
  // A process dies once: where the kernel's OOM killer took the first one, no kill of ours did.
  if (status.oom?.init === true) return 'oom'
  if (interventions.stop !== null) return interventions.stop
  if (status.signal === null) return 'exited'
  const oom = status.signal === 'SIGKILL' && (status.oom?.kills ?? 0) > 0 && !interventions.killed
  return oom ? 'oom' : 'signaled'
}

/** What `makeVerdict` puts together. */
export interface VerdictParts {
  readonly id: string
  readonly status: ExitStatus
  readonly interventions: Interventions
  readonly skipped: readonly string[]
  readonly cleanup: readonly CleanupProblem[]
  readonly hookErrors: readonly ExecdError[]
}

/** The verdict, frozen. Pure. */
export function makeVerdict(parts: VerdictParts): Verdict {
  const { status, interventions } = parts
  const reason = judge(status, interventions)
  return Object.freeze({
    id: parts.id,
    reason,
    ok: reason === 'exited' && status.exitCode === 0,
    exitCode: status.exitCode,
    signal: status.signal,
    oom: status.oom,
    usage: status.usage,
    skipped: parts.skipped,
    cleanup: [...status.cleanup, ...parts.cleanup],
    hookErrors: parts.hookErrors,
    abortReason: reason === 'aborted' ? interventions.stopCause : undefined,
  })
}
