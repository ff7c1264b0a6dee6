import type { CleanupProblem, ExitStatus, Usage } from '@execd/core/driver'
import { signalName } from '@execd/linux/proc'

const SIGKILL = 9
const SIGNALED = 128
const LAST_SIGNAL = 64

/** What is known of an end besides the code that was told. */
export interface AboutEnd {
  /** Signals sent from here. */
  readonly sent: ReadonlySet<number>
  /** Something else killed it: the end of the container, or the kernel for want of memory. */
  readonly killed: boolean
}

/**
 * lxc-attach and LXC's init tell a signal as 128 and its number, as a shell does, so that it cannot be told from an exit with that code: it counts as a signal when it
 * was sent from here, and SIGKILL also when something else killed. Pure.
 */
export function toldEnd(
  told: number,
  { sent, killed }: AboutEnd,
): { code: number | null; signal: number | null } {
  const number = told - SIGNALED
  const signaled = number > 0 && number <= LAST_SIGNAL && (sent.has(number) || (number === SIGKILL && killed))
  return signaled ? { code: null, signal: number } : { code: told, signal: null }
}

/** What is known of the end of an exec besides the exit code of lxc-attach. */
export interface EndOfExec {
  /** Signals sent from here. */
  readonly sent: ReadonlySet<number>
  /** The container ended before, and took it along. */
  readonly containerKilled: boolean
  readonly usage: Usage
  readonly oomKills: number
  readonly cleanup: readonly CleanupProblem[]
}

/** How an exec ended; `exitCode` is that of lxc-attach. Pure. */
export function execStatus(exitCode: number | null, about: EndOfExec): ExitStatus {
  const { sent, containerKilled, usage, oomKills, cleanup } = about
  const end =
    exitCode === null
      ? { code: null, signal: null }
      : toldEnd(exitCode, { sent, killed: containerKilled || oomKills > 0 })
  const init = end.signal === SIGKILL && !containerKilled && !sent.has(SIGKILL)
  return {
    exitCode: end.code,
    signal: end.signal === null ? null : signalName(end.signal),
    oom: oomKills > 0 ? { kills: oomKills, init } : null,
    usage,
    cleanup,
    lost: exitCode === null,
  }
}
