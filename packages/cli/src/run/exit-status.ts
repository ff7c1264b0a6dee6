import { constants } from 'node:os'
import type { Verdict } from '@execd/core'

const TIMED_OUT = 124
const FAILED = 125
const KILLED = 137

/** Why the command line itself ended a process. */
export type EndedBy =
  | { readonly what: 'signal'; readonly signal: NodeJS.Signals }
  | { readonly what: 'output-limit' }
  | { readonly what: 'escape' }

/** The exit status for a verdict, and what stderr has to say beside the program's own words, or null. Pure. */
export function exitStatus(
  { reason, exitCode, signal, oom }: Pick<Verdict, 'reason' | 'exitCode' | 'signal' | 'oom'>,
  endedBy: EndedBy | null,
): { readonly status: number; readonly note: string | null } {
  if (reason === 'exited')
    return { status: exitCode ?? FAILED, note: oom === null ? null : killed(oom.kills) }
  if (reason === 'oom') return { status: KILLED, note: 'killed: out of memory' }
  if (reason === 'timeout') return { status: TIMED_OUT, note: 'ended: the time was over' }
  if (reason === 'lost')
    return { status: FAILED, note: 'the driver lost sight of it; nothing of it runs any more' }
  if (reason === 'output-limit' || endedBy?.what === 'output-limit')
    return { status: KILLED, note: 'killed: its output got longer than --max-output' }
  if (endedBy?.what === 'signal') return { status: statusOf(endedBy.signal), note: null }
  return { status: statusOf(signal ?? 'SIGKILL'), note: null }
}

function killed(count: number): string {
  return `out of memory: ${count === 1 ? 'one process' : `${count} processes`} in it killed`
}

function statusOf(signal: NodeJS.Signals): number {
  return 128 + constants.signals[signal]
}
