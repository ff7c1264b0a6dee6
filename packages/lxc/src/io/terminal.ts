import { randomBytes } from 'node:crypto'
import { constants, openSync } from 'node:fs'
import { Readable, Writable } from 'node:stream'
import type { TerminalSize } from '@execd/core/driver'
import { lxcError } from '../errors.js'
import { LineEnds } from './line-ends.js'
import type { TerminalHolder } from './terminal-holder.js'

/** How long a carriage return may wait for what follows it. */
const HELD_MS = 50
const MARK_BYTES = 24

/** A terminal between a tool of LXC and the user of a process, as two streams. */
export class Terminal {
  readonly stdin: Writable
  readonly stdout: Readable
  readonly #holder: TerminalHolder
  readonly #lineEnds = new LineEnds()
  readonly #over: Promise<void>
  #settle: () => void = () => {}
  #timer: NodeJS.Timeout | null = null
  /** Everything is taken in, whether it is read here or not. */
  #greedy = false
  /** Output after the tool has ended, in which the mark is looked for. */
  #mark: { readonly word: Buffer; rest: Buffer } | null = null
  #finished = false

  /** `hangUp` is called when the user destroys one of the streams: the program is to be told as by a terminal that is gone. */
  constructor(holder: TerminalHolder, hangUp: () => void) {
    this.#holder = holder
    this.#over = new Promise((resolve) => {
      this.#settle = resolve
    })
    const { tool } = holder
    const hangingUp = (error: Error | null, done: (error?: Error | null) => void): void => {
      if (!this.#finished) hangUp()
      done(error)
    }
    this.stdin = new Writable({
      autoDestroy: false, // its end says nothing to a terminal
      destroy: hangingUp,
      write: (chunk: Buffer, _encoding, done) => {
        if (this.#finished || tool.stdin === null || tool.stdin.destroyed) done()
        else tool.stdin.write(chunk, () => done())
      },
    })
    this.stdout = new Readable({
      read: () => void tool.stdout?.resume(),
      destroy: (error, done) => {
        tool.stdout?.resume() // and is thrown away
        hangingUp(error, done)
      },
    })
    tool.stdout?.on('data', (chunk: Buffer) => this.#take(chunk))
    tool.stdout?.once('close', () => this.#end())
    tool.stdout?.pause()
  }

  /** A descriptor of the slave, for a tool's standard descriptors. The caller closes it. */
  openSlave(): number {
    return openSync(this.#holder.path, constants.O_RDWR | constants.O_NOCTTY)
  }

  get path(): string {
    return this.#holder.path
  }

  /** Sets the size of the terminal that the tool sees; the tool passes it on when it gets SIGWINCH. */
  async resize(size: TerminalSize): Promise<void> {
    if (!(await this.#holder.resize(size)))
      throw lxcError('EXECD_NOT_RUNNING', 'the terminal is gone with its process')
  }

  /** From now on output is taken in, read or not: a tool that waits for its output to be read would not see that its process has ended. */
  takeAll(): void {
    this.#greedy = true
    this.#holder.tool.stdout?.resume()
  }

  /** To be called when the tool has ended: resolves when all of its output is readable, and ends it. */
  async finish(): Promise<void> {
    if (this.#mark === null && !this.#finished) {
      const word = randomBytes(MARK_BYTES).toString('hex')
      this.#mark = { word: Buffer.from(word), rest: Buffer.alloc(0) }
      this.#holder.mark(word)
      this.takeAll()
    }
    await this.#over
  }

  /** The tool did not start. */
  destroy(): void {
    this.#end()
  }

  #take(chunk: Buffer): void {
    if (this.#finished) return
    const before = this.#beforeMark(chunk)
    this.#show(this.#lineEnds.push(before))
    if (this.#mark?.rest.includes(this.#mark.word) === true) this.#end()
    else this.#flushLater()
  }

  /** What is certainly no part of the mark. */
  #beforeMark(chunk: Buffer): Buffer {
    const mark = this.#mark
    if (mark === null) return chunk
    const all = Buffer.concat([mark.rest, chunk])
    const at = all.indexOf(mark.word)
    const end = at >= 0 ? at : Math.max(0, all.length - mark.word.length + 1)
    mark.rest = all.subarray(end)
    return all.subarray(0, end)
  }

  #flushLater(): void {
    if (this.#timer !== null) clearTimeout(this.#timer)
    this.#timer = this.#lineEnds.holds ? setTimeout(() => this.#show(this.#lineEnds.flush()), HELD_MS) : null
  }

  #show(data: Buffer): void {
    if (data.length === 0 || this.stdout.destroyed) return
    if (!this.stdout.push(data) && !this.#greedy) this.#holder.tool.stdout?.pause()
  }

  #end(): void {
    if (this.#finished) return
    this.#finished = true
    if (this.#timer !== null) clearTimeout(this.#timer)
    const { rest, word } = this.#mark ?? { rest: Buffer.alloc(0), word: Buffer.alloc(1) }
    if (!rest.includes(word)) this.#show(this.#lineEnds.push(rest)) // the terminal went before the mark came
    this.#show(this.#lineEnds.flush())
    if (!this.stdout.destroyed) this.stdout.push(null)
    this.stdin.destroy()
    this.#holder.close()
    void this.#holder.tool.ended.then(() => this.#settle())
  }
}
