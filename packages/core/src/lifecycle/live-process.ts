import type { Readable, Writable } from 'node:stream'
import type { TerminalSize } from '../contract/driver.js'
import type { Stats } from '../contract/stats.js'
import { ExecdError } from '../errors/execd-error.js'
import { Emitter } from '../util/emitter.js'
import { signalNumber } from '../util/signals.js'
import type { Life } from './life.js'
import { invalidOption } from './parse-options.js'
import { parseInterval, sampleStats } from './sample-stats.js'
import type { Verdict } from './verdict.js'

const LARGEST_SIDE = 65535

type EventMap<Events> = { [Name in keyof Events]: unknown[] }

/** What a container's first process and one started by `exec` have in common. */
export abstract class LiveProcess<Events extends EventMap<Events>> extends Emitter<Events> {
  readonly #life: Life
  readonly #terminal: boolean

  protected constructor(life: Life, terminal: boolean) {
    super()
    this.#life = life
    this.#terminal = terminal
  }

  /** Process id on the host. */
  get pid(): number {
    return this.#life.parts.process.pid
  }

  /** A stream, or null when stdin is no pipe. Destroyed at the end. An error of it (EPIPE: the program does not read) is never an uncaught exception. */
  get stdin(): Writable | null {
    return this.#life.parts.process.stdin
  }

  /** A stream, or null when stdout is no pipe. While nobody reads it, the program waits as soon as the pipe is full. Readable to its end after the exit. */
  get stdout(): Readable | null {
    return this.#life.parts.process.stdout
  }

  /** As `stdout`. Null with a terminal: stdout carries both. */
  get stderr(): Readable | null {
    return this.#life.parts.process.stderr
  }

  /**
   * Sends a signal to this one process, by name or number. Throws EXECD_INVALID_OPTION for what is no signal, EXECD_NOT_RUNNING after the end.
   */
  async kill(signal: NodeJS.Signals | number = 'SIGTERM'): Promise<void> {
    const number = signalNumber(signal)
    this.#life.check('kill')
    await this.#life.signal(number)
  }

  /** Changes the size of the terminal, in characters. Throws EXECD_INVALID_STATE for a process without one, EXECD_NOT_RUNNING after the end. */
  async resize(size: TerminalSize): Promise<void> {
    for (const side of ['height', 'width'] as const) {
      const value = size[side]
      if (Number.isInteger(value) && value >= 1 && value <= LARGEST_SIDE) continue
      throw invalidOption([
        { path: side, wanted: `a whole number from 1 to ${LARGEST_SIDE}`, got: String(value) },
      ])
    }
    this.#life.check('resize')
    const { driver, target } = this.#life.parts
    if (!this.#terminal) {
      throw new ExecdError('EXECD_INVALID_STATE', 'resize: the process has no terminal', {
        hint: 'start it with `process.terminal: true`',
        details: { container: target.id, step: 'resize' },
      })
    }
    await driver.ensure('resize')
    await driver.call('resize', target, size)
  }

  /** One sample of what it uses. Throws EXECD_NOT_RUNNING after the end. */
  stats(): Promise<Stats>
  /** A sample now and one each `interval` (milliseconds, or text such as "1s"), until the end. */
  stats(options: { interval: number | string }): AsyncIterable<Stats>
  stats(options?: { interval: number | string }): Promise<Stats> | AsyncIterable<Stats> {
    const { driver, target } = this.#life.parts
    const read = async (): Promise<Stats> => {
      this.#life.check('stats')
      await driver.ensure('stats')
      return driver.call('stats', target)
    }
    return options === undefined ? read() : sampleStats(read, parseInterval(options), this.#life)
  }

  /**
   * Resolves with the verdict when it and every descendant is gone; as often as it is called, also long after the end. The output may still have to be read.
   * Rejects only when it could not be killed, or with EXECD_CLOSED when the runtime was closed and it, detached, goes on.
   */
  wait(): Promise<Verdict> {
    return this.#life.verdict
  }
}
