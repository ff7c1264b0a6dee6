import { Socket } from 'node:net'
import { Readable } from 'node:stream'
import { drain } from './drain.js'

/**
 * The reading end of a pipe, with back-pressure: nothing is read before somebody asks. `finish` takes what is left in the pipe (the kernel holds
 * 64 KiB at most) into memory and closes the descriptor, so that output which nobody reads holds no descriptor after the end of its
 * process, and a stranger who holds the other end cannot keep the stream open.
 */
export class OutputPipe extends Readable {
  readonly #fd: number
  readonly #socket: Socket
  #finished = false

  constructor(fd: number) {
    super({ highWaterMark: 65536 })
    this.#fd = fd
    // manualStart: else the socket reads at once, before this stream was asked
    const options = { fd, readable: true, writable: false, manualStart: true }
    this.#socket = new Socket(options)
    this.#socket.on('data', (chunk: Buffer) => {
      if (!this.push(chunk)) this.#socket.pause()
    })
    this.#socket.on('end', () => this.#end())
    this.#socket.on('error', () => this.#end())
    this.#socket.pause()
  }

  /** To be called when every process that had the other end is gone. */
  finish(): void {
    if (this.#finished) return
    this.#socket.removeAllListeners('data')
    for (const chunk of drain(this.#socket, this.#fd)) this.push(chunk)
    this.#end()
  }

  #end(): void {
    if (this.#finished) return
    this.#finished = true
    this.push(null)
    this.#socket.destroy()
  }

  override _read(): void {
    if (!this.#finished) this.#socket.resume()
  }

  override _destroy(error: Error | null, done: (error?: Error | null) => void): void {
    this.#finished = true
    this.#socket.destroy()
    done(error)
  }
}
