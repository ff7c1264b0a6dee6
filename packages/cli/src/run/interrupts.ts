import { readFile } from 'node:fs/promises'
import { constants } from 'node:os'
import type { EndedBy } from './exit-status.js'
import type { Live } from './live.js'
import { note } from './note.js'

const FORWARDED: readonly NodeJS.Signals[] = ['SIGHUP', 'SIGINT', 'SIGQUIT', 'SIGTERM', 'SIGUSR2']
/** What asks to end. */
const ENDING: readonly NodeJS.Signals[] = ['SIGHUP', 'SIGINT', 'SIGQUIT', 'SIGTERM']
/** After this long the user is told how not to wait. */
const SLOW_MS = 1000

/**
 * What signals to this process mean for the program: before it runs, the start is given up; then they are passed on. One that asks to end, and would have no effect
 * since the program is process 1 and does not handle it, ends it; so does the second one, or the first one when it was not obeyed in time.
 */
export class Interrupts {
  readonly #controller = new AbortController()
  readonly #grace: number
  readonly #listeners = new Map<NodeJS.Signals, () => void>()
  #live: Live | null = null
  #timers: readonly NodeJS.Timeout[] | null = null
  #endedBy: EndedBy | null = null

  /** `grace`: milliseconds from the first signal to the kill. */
  constructor(grace: number) {
    this.#grace = grace
    for (const signal of FORWARDED) {
      const listener = (): void => void this.#take(signal)
      this.#listeners.set(signal, listener)
      process.on(signal, listener)
    }
  }

  /** Gives a start up. */
  get signal(): AbortSignal {
    return this.#controller.signal
  }

  /** What ended the program from here, or null. */
  get endedBy(): EndedBy | null {
    return this.#endedBy
  }

  /** From now on signals are the program's. */
  attach(live: Live): void {
    this.#live = live
  }

  /** Kills the program for a reason of ours. */
  end(by: EndedBy): void {
    this.#endedBy ??= by
    void this.#live?.terminate().catch(() => {})
  }

  release(): void {
    for (const timer of this.#timers ?? []) clearTimeout(timer)
    for (const [signal, listener] of this.#listeners) process.off(signal, listener)
  }

  async #take(signal: NodeJS.Signals): Promise<void> {
    const live = this.#live
    const kill = (): void => this.end({ what: 'signal', signal })
    if (live === null) {
      this.#endedBy ??= { what: 'signal', signal }
      this.#controller.abort()
      return
    }
    if (!ENDING.includes(signal)) return void live.kill(signal).catch(() => {})
    if (this.#timers !== null) return kill()
    this.#timers = [setTimeout(kill, this.#grace), setTimeout(tellWait, SLOW_MS)]
    if (await isLostOn(live.pid, signal)) return kill()
    await live.kill(signal).catch(() => {})
  }
}

function tellWait(): void {
  if (process.stderr.isTTY) note('asked to end; Ctrl-C kills it')
}

/** Whether the kernel drops a signal: process 1 of a pid namespace gets only what it handles (pid_namespaces(7)). */
async function isLostOn(pid: number, signal: NodeJS.Signals): Promise<boolean> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8').catch(() => '')
  return dropsSignal(status, constants.signals[signal])
}

/** From the text of /proc/PID/status (proc(5)). A signal that is ignored on purpose is not dropped. Pure. */
export function dropsSignal(status: string, signal: number): boolean {
  const line = (name: string): string => new RegExp(`^${name}:\\s*(.*)$`, 'm').exec(status)?.[1] ?? ''
  const has = (name: string): boolean =>
    ((BigInt(`0x${line(name) || '0'}`) >> BigInt(signal - 1)) & 1n) === 1n
  const isFirst = /\s1$/.test(line('NSpid'))
  return isFirst && !has('SigCgt') && !has('SigIgn')
}
