import { closeSync, constants, openSync, unlinkSync } from 'node:fs'
import { mkdir } from 'node:fs/promises'
import type { ToolRunner } from '../commands/run.js'
import { fileError, lxcError } from '../errors.js'

const BATCH = 48
const LOW = 16

/** Both ends of a new pipe. */
export interface PipeEnds {
  readonly read: number
  readonly write: number
}

/**
 * Pipes for the output of programs, and for logs. Node gives a child sockets for its standard streams, and what is a socket cannot be opened again as /dev/stdout; pipes
 * come from FIFOs, which mkfifo(1) makes many of in one go, ahead of their use.
 */
export class FifoStock {
  readonly #tools: ToolRunner
  readonly #folder: string
  readonly #stock: string[] = []
  #made = 0
  #filling: Promise<void> | null = null

  constructor(tools: ToolRunner, folder: string) {
    this.#tools = tools
    this.#folder = folder
  }

  async #fill(): Promise<void> {
    await mkdir(this.#folder, { recursive: true, mode: 0o700 })
    const paths = Array.from({ length: BATCH }, (_, index) => `${this.#folder}/${this.#made + index}`)
    this.#made += BATCH
    await this.#tools.run('mkfifo', ['-m', '0600', ...paths])
    this.#stock.push(...paths)
  }

  #refill(): Promise<void> {
    this.#filling ??= this.#fill().finally(() => {
      this.#filling = null
    })
    return this.#filling
  }

  /** Takes so many at once, for one start. */
  async take(count: number): Promise<FifoLot> {
    while (this.#stock.length < count) await this.#refill()
    const paths = this.#stock.splice(-count)
    if (this.#stock.length < LOW) this.#refill().catch(() => {}) // tried again, and reported, when they are needed
    return new FifoLot(paths)
  }

  /** Takes back what a start did not use. */
  giveBack(lot: FifoLot): void {
    this.#stock.push(...lot.rest())
  }

  /** Resolves when nothing is being made any more. */
  async settle(): Promise<void> {
    await this.#filling?.catch(() => {})
  }
}

/** FIFOs for one start. */
export class FifoLot {
  readonly #paths: string[]

  constructor(paths: string[]) {
    this.#paths = paths
  }

  /** Those that were not taken. */
  rest(): string[] {
    return this.#paths.splice(0)
  }

  /** A FIFO that keeps its name, for a tool that opens it by path. The caller removes it. */
  takePath(): string {
    const path = this.#paths.pop()
    if (path === undefined) throw lxcError('EXECD_INTERNAL', 'a start took more pipes than it said')
    return path
  }

  /** A pipe without a name, for output: its read end does not block, the other does, as programs expect. */
  takePipe(): PipeEnds {
    const path = this.takePath()
    let read: number | null = null
    try {
      read = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK)
      return { read, write: openSync(path, constants.O_WRONLY) } // does not wait: there is a reader
    } catch (error) {
      if (read !== null) closeSync(read)
      throw fileError('EXECD_START_FAILED', 'open a pipe', error)
    } finally {
      unlinkSync(path)
    }
  }
}
