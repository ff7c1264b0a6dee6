import { setTimeout as sleep } from 'node:timers/promises'
import { errnoOf } from '@execd/linux/errno'
import { type ProcessIdentity, readStat } from '@execd/linux/proc'
import type { RunningTool } from '../commands/run.js'
import { lxcError } from '../errors.js'

const SPINS = 200
const TIMEOUT_MS = 5000

function notRunning(pid: number): Error {
  return lxcError('EXECD_NOT_RUNNING', `process ${pid} has ended`)
}

/** Waits until the tool is stopped. Rejects with EXECD_NOT_RUNNING when it has ended. */
async function stopped(tool: RunningTool, child: ProcessIdentity): Promise<void> {
  const deadline = performance.now() + TIMEOUT_MS
  for (let spin = 0; ; spin++) {
    const state = readStat(tool.pid)?.state
    if (state === 'T' || state === 't') return
    if (state === undefined || state === 'Z' || state === 'X') throw notRunning(child.pid)
    if (spin < SPINS) continue
    if (performance.now() > deadline)
      throw lxcError('EXECD_TIMEOUT', `the monitor of process ${child.pid} did not stop`)
    await sleep(1)
  }
}

/**
 * Sends a signal to a process of which a tool of LXC is the parent, and never to another that got its pid: while the parent is stopped it cannot reap the child, so the
 * pid cannot be free; then pid, parent and start time are compared. The tool itself is our child, which Node alone reaps.
 *
 * @throws ExecdError EXECD_NOT_RUNNING, EXECD_PERMISSION
 */
export async function signalChild(tool: RunningTool, child: ProcessIdentity, signal: number): Promise<void> {
  if (!tool.signal('SIGSTOP')) throw notRunning(child.pid)
  try {
    await stopped(tool, child)
    const stat = readStat(child.pid)
    if (stat === null || stat.parent !== tool.pid || stat.startTime !== child.startTime || stat.state === 'Z')
      throw notRunning(child.pid)
    try {
      process.kill(child.pid, signal)
    } catch (error) {
      if (errnoOf(error) === 'ESRCH') throw notRunning(child.pid)
      throw lxcError('EXECD_PERMISSION', `could not send the signal: ${errnoOf(error)}`, {
        details: { errno: errnoOf(error), syscall: 'kill' },
        cause: error,
      })
    }
  } finally {
    tool.signal('SIGCONT')
  }
}

/** One signal after the other: two at once would let the tool run on between them. */
export class ChildSignals {
  #last: Promise<unknown> = Promise.resolve()

  send(tool: RunningTool, child: ProcessIdentity, signal: number): Promise<void> {
    const sent = this.#last.then(() => signalChild(tool, child, signal))
    this.#last = sent.catch(() => {})
    return sent
  }
}
