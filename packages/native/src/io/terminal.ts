import { writeSync } from 'node:fs'
import { Duplex } from 'node:stream'
import { ReadStream } from 'node:tty'
import type { Syscalls } from '../sys/syscalls.js'
import { drain } from './drain.js'

const FIRST_WRITE_DELAY_MS = 1
const LONGEST_WRITE_DELAY_MS = 50
const NOTHING = Buffer.alloc(0)

function codeOf(error: unknown): string | undefined {
  return typeof error === 'object' && error !== null && 'code' in error ? String(error.code) : undefined
}

/**
 * The master side of a pseudo-terminal as one stream: what is written is typed, what is read is shown. Ending or destroying it
 * hangs the terminal up.
 *
 * A slave descriptor is kept open here until the end: without it libuv before 1.52 takes a hang-up with a partial read for the end
 * and loses output (libuv issue 4992). Writing goes around libuv, which would block the event loop on a terminal that nobody reads.
 */
export class Terminal extends Duplex {
  readonly #sys: Syscalls
  readonly #master: number
  #slave: number | null
  readonly #reader: ReadStream
  #retry: NodeJS.Timeout | null = null
  #finished = false

  constructor(sys: Syscalls, master: number) {
    super({ allowHalfOpen: true, decodeStrings: true })
    this.#sys = sys
    this.#master = master
    try {
      this.#slave = sys.openTerminalPeer(master)
    } catch (error) {
      sys.close(master)
      throw error
    }
    this.#reader = new ReadStream(master)
    this.#reader.on('data', (chunk: Buffer) => {
      if (!this.push(chunk)) this.#reader.pause()
    })
    this.#reader.on('error', () => this.finish())
    this.#reader.on('close', () => this.finish()) // the number may be another file's from now on
    this.#reader.pause()
  }

  /** Sets the size; the kernel tells the program with SIGWINCH. */
  resize(rows: number, columns: number): void {
    if (!this.destroyed && !this.#finished) this.#sys.setWindowSize(this.#master, rows, columns)
  }

  /** To be called when every process on the terminal has ended: reads what is left, then ends the stream. */
  finish(): void {
    if (this.#finished) return
    this.#finished = true
    this.#reader.removeAllListeners('data')
    // the slave is still open here, so EAGAIN, not EIO, says that nothing is left
    if (!this.#reader.destroyed) for (const chunk of drain(this.#reader, this.#master)) this.push(chunk)
    this.push(null)
    this.#release()
  }

  override _read(): void {
    if (!this.#finished) this.#reader.resume()
  }

  override _write(data: Buffer, _encoding: BufferEncoding, done: (error?: Error | null) => void): void {
    const attempt = (rest: Buffer, delay: number): void => {
      this.#retry = null
      const left = this.#finished || this.destroyed ? NOTHING : this.#writeSome(rest)
      if (left.length === 0) {
        done()
        return
      }
      const next =
        left.length < rest.length ? FIRST_WRITE_DELAY_MS : Math.min(delay * 2, LONGEST_WRITE_DELAY_MS)
      this.#retry = setTimeout(attempt, delay, left, next)
    }
    attempt(data, FIRST_WRITE_DELAY_MS)
  }

  /** What the terminal did not take. A terminal that is gone takes everything: nobody is there to miss it. */
  #writeSome(data: Buffer): Buffer {
    try {
      return data.subarray(writeSync(this.#master, data))
    } catch (error) {
      return codeOf(error) === 'EAGAIN' ? data : NOTHING
    }
  }

  override _destroy(error: Error | null, done: (error?: Error | null) => void): void {
    this.#finished = true
    this.#release()
    done(error)
  }

  #release(): void {
    if (this.#retry !== null) clearTimeout(this.#retry)
    this.#retry = null
    if (this.#slave === null) return
    this.#sys.close(this.#slave)
    this.#slave = null
    this.#reader.destroy()
  }
}
