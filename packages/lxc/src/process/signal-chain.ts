import { setTimeout as sleep } from 'node:timers/promises'
import { errnoOf } from '@execd/linux/errno'
import { type ProcessIdentity, readStat } from '@execd/linux/proc'
import { lxcError } from '../errors.js'

const SPINS = 200
const TIMEOUT_MS = 5000

/** A process whose pid cannot become another's while it is looked at: a child of this process, which Node alone reaps. */
export interface ChainRoot {
  readonly pid: number
  /** Sends a signal; false when it has ended. */
  signal(name: NodeJS.Signals): boolean
}

function notRunning(pid: number): Error {
  return lxcError('EXECD_NOT_RUNNING', `process ${pid} has ended`)
}

/** Waits until a process is stopped. Rejects with EXECD_NOT_RUNNING when it has ended. A frozen one is as good as stopped. */
async function stopped(pid: number, target: number, frozen: boolean): Promise<void> {
  const deadline = performance.now() + TIMEOUT_MS
  for (let spin = 0; ; spin++) {
    const state = readStat(pid)?.state
    if (state === 'T' || state === 't') return
    if (state === undefined || state === 'Z' || state === 'X') throw notRunning(target)
    if (frozen) return
    if (spin < SPINS) continue
    if (performance.now() > deadline)
      throw lxcError('EXECD_TIMEOUT', `the parent of process ${target} did not stop`)
    await sleep(1)
  }
}

/** While the parent is stopped it cannot reap the child, so the pid cannot be free: then pid, parent and start time tell. Throws EXECD_NOT_RUNNING. */
function check(child: ProcessIdentity, parent: number, target: number): void {
  const stat = readStat(child.pid)
  if (stat === null || stat.parent !== parent || stat.startTime !== child.startTime || stat.state === 'Z')
    throw notRunning(target)
}

/** kill(2) in typed errors. `target` is who it is for. Throws EXECD_NOT_RUNNING, EXECD_PERMISSION. */
export function sendSignal(pid: number, signal: number | NodeJS.Signals, target: number): void {
  try {
    process.kill(pid, signal)
  } catch (error) {
    if (errnoOf(error) === 'ESRCH') throw notRunning(target)
    throw lxcError('EXECD_PERMISSION', `could not send the signal: ${errnoOf(error)}`, {
      details: { errno: errnoOf(error), syscall: 'kill' },
      cause: error,
    })
  }
}

/**
 * Sends a signal to the last of a line of descendants, each the child of the one before, and never to another process that got its pid: one after the other is stopped,
 * so that none can reap the next. `frozen`: the descendants are in a frozen cgroup, where they cannot stop and cannot reap either.
 *
 * @throws ExecdError EXECD_NOT_RUNNING, EXECD_PERMISSION, EXECD_TIMEOUT
 */
export async function signalChain(
  root: ChainRoot,
  line: readonly ProcessIdentity[],
  signal: number,
  frozen = false,
): Promise<void> {
  const target = line.at(-1)?.pid ?? 0
  const held: number[] = []
  if (!root.signal('SIGSTOP')) throw notRunning(target)
  try {
    await stopped(root.pid, target, false)
    let parent = root.pid
    for (const one of line.slice(0, -1)) {
      check(one, parent, target)
      sendSignal(one.pid, 'SIGSTOP', target)
      held.unshift(one.pid)
      await stopped(one.pid, target, frozen)
      parent = one.pid
    }
    for (const last of line.slice(-1)) {
      check(last, parent, target)
      sendSignal(last.pid, signal, target)
    }
  } finally {
    for (const pid of held) release(pid)
    root.signal('SIGCONT')
  }
}

function release(pid: number): void {
  try {
    process.kill(pid, 'SIGCONT') // its parent is stopped still
  } catch {
    // cannot be: it is not reaped
  }
}

/** One signal after the other: two at once would let a parent run on, or thaw a group, between them. */
export class SignalQueue {
  #last: Promise<unknown> = Promise.resolve()

  add(send: () => Promise<void>): Promise<void> {
    const sent = this.#last.then(send)
    this.#last = sent.catch(() => {})
    return sent
  }
}
