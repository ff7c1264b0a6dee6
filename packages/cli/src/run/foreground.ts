import { holdSession } from '../terminal/session.js'
import { exitStatus } from './exit-status.js'
import type { ForegroundOptions } from './foreground-options.js'
import { Interrupts } from './interrupts.js'
import type { Live } from './live.js'
import { note } from './note.js'
import { copyIn, copyOut, watchLength } from './streams.js'

/** Starts a process, joins our streams to its own, waits for its end, and gives the exit status. */
export async function inForeground(
  options: ForegroundOptions,
  start: (signal: AbortSignal) => Promise<Live>,
): Promise<number> {
  const interrupts = new Interrupts(options.grace)
  try {
    const live = await startedUnless(interrupts, start)
    if (live === null) return exitStatus(NEVER_RAN, interrupts.endedBy).status
    interrupts.attach(live)
    await (options.terminal ? session : pipes)(live, options, interrupts)
    const { status, note: words } = exitStatus(await live.wait(), interrupts.endedBy)
    if (words !== null) note(words)
    return status
  } finally {
    interrupts.release()
  }
}

/** For a program that a signal came before. */
export const NEVER_RAN = { reason: 'aborted', exitCode: null, signal: null, oom: null } as const

/** What was started, or null when a signal came before it ran. */
export async function startedUnless<Started>(
  interrupts: Interrupts,
  start: (signal: AbortSignal) => Promise<Started>,
): Promise<Started | null> {
  try {
    return await start(interrupts.signal)
  } catch (error) {
    if (interrupts.endedBy !== null && (error as { code?: unknown }).code === 'EXECD_ABORTED') return null
    throw error
  }
}

function session(
  live: Live,
  { interactive, escapeByte }: ForegroundOptions,
  interrupts: Interrupts,
): Promise<void> {
  return holdSession(live, { interactive, escapeByte, onEnd: () => interrupts.end({ what: 'escape' }) })
}

async function pipes(
  live: Live,
  { interactive, maxOutput }: ForegroundOptions,
  interrupts: Interrupts,
): Promise<void> {
  if (maxOutput !== null) {
    const flood = (): void => interrupts.end({ what: 'output-limit' })
    for (const stream of [live.stdout, live.stderr]) watchLength(stream, maxOutput, flood)
  }
  const undo = interactive ? copyIn(process.stdin, live.stdin) : () => {}
  try {
    await Promise.all([copyOut(live.stdout, process.stdout), copyOut(live.stderr, process.stderr)])
  } finally {
    undo()
  }
}
