import { Socket } from 'node:net'
import { Readable } from 'node:stream'
import type { Syscalls } from '../sys/syscalls.js'
import { drainDescriptor } from './drain.js'
import { ReadBuffers } from './read-buffers.js'

/** What the kernel may hold of a large output: its writer and this reader then wait for each other a quarter as often. */
const LARGE_PIPE = 262144

/**
 * The reading end of a pipe, with back-pressure: nothing is read before somebody asks. `finish` takes what is left in the pipe (the kernel holds
 * 64 KiB at most, of a large output 256 KiB) into memory and closes the descriptor, so that output which nobody reads holds no descriptor after the
 * end of its process, and a stranger who holds the other end cannot keep the stream open.
 */
export class OutputPipe extends Readable {
  readonly #sys: Pick<Syscalls, 'growPipe'>
  readonly #fd: number
  readonly #socket: Socket
  readonly #buffers = new ReadBuffers()
  #isGrown = false
  #isStopped = true
  /** Asked for more, perhaps while the last chunk is being passed on. */
  #isWanted = false
  #finished = false

  constructor(sys: Pick<Syscalls, 'growPipe'>, fd: number) {
    super({ highWaterMark: 65536 })
    this.#sys = sys
    this.#fd = fd
    // with onread the socket is no stream of its own between the pipe and this one; manualStart: else it reads before this stream was asked
    const onread = {
      buffer: () => this.#buffers.next(),
      callback: (size: number, buffer: Uint8Array) => this.#take(buffer as Buffer, size),
    }
    const options = { fd, readable: true, writable: false, manualStart: true, onread }
    this.#socket = new Socket(options)
    this.#socket.on('end', () => this.#end())
    this.#socket.on('error', () => this.#end())
  }

  /** To be called when every process that had the other end is gone. */
  finish(): void {
    if (this.#finished) return
    this.#socket.pause()
    for (const chunk of drainDescriptor(this.#fd)) this.push(chunk)
    this.#end()
  }

  /** Whether to go on reading. */
  #take(buffer: Buffer, size: number): boolean {
    const chunk = this.#buffers.take(buffer, size)
    if (this.#buffers.isLarge && !this.#isGrown) {
      this.#isGrown = true
      this.#sys.growPipe(this.#fd, LARGE_PIPE)
    }
    this.#isWanted = false
    const goesOn = this.push(chunk) || this.#isWanted
    this.#isStopped = !goesOn
    return goesOn
  }

  #end(): void {
    if (this.#finished) return
    this.#finished = true
    this.push(null)
    this.#socket.destroy()
  }

  override _read(): void {
    this.#isWanted = true
    if (this.#finished || !this.#isStopped) return
    this.#isStopped = false
    this.#socket.resume()
  }

  override _destroy(error: Error | null, done: (error?: Error | null) => void): void {
    this.#finished = true
    this.#socket.destroy()
    done(error)
  }
}
