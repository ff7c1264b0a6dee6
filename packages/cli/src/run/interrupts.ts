import { readFile } from 'node:fs/promises'
import { constants } from 'node:os'
import type { EndedBy } from './exit-status.js'
import type { Live } from './live.js'

const FORWARDED: readonly NodeJS.Signals[] = ['SIGHUP', 'SIGINT', 'SIGQUIT', 'SIGTERM', 'SIGUSR2']
/** What asks to end, by somebody who will not ask again. */
const FINAL: readonly NodeJS.Signals[] = ['SIGHUP', 'SIGTERM']
const PATIENCE = 3

/**
 * What signals to this process mean for the program: before it runs, the start is given up; then they are passed on. What would have no effect, since the program is
 * process 1 and does not handle it, ends it; so does the third one, or a SIGTERM or SIGHUP that it has not obeyed in time.
 */
export class Interrupts {
  readonly #controller = new AbortController()
  readonly #grace: number
  readonly #listeners = new Map<NodeJS.Signals, () => void>()
  #live: Live | null = null
  #count = 0
  #timer: NodeJS.Timeout | undefined
  #endedBy: EndedBy | null = null

  /** `grace`: milliseconds from SIGTERM or SIGHUP to the kill. */
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
    clearTimeout(this.#timer)
    for (const [signal, listener] of this.#listeners) process.off(signal, listener)
  }

  async #take(signal: NodeJS.Signals): Promise<void> {
    const live = this.#live
    this.#count += 1
    if (live === null) {
      this.#endedBy ??= { what: 'signal', signal }
      this.#controller.abort()
      return
    }
    if (this.#count >= PATIENCE || (await isLostOn(live.pid, signal)))
      return this.end({ what: 'signal', signal })
    await live.kill(signal).catch(() => {})
    if (!FINAL.includes(signal)) return
    this.#timer ??= setTimeout(() => this.end({ what: 'signal', signal }), this.#grace)
  }
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
