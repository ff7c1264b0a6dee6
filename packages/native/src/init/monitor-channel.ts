import type { Socket } from 'node:net'
import {
  encodeKill,
  encodeKillAll,
  encodeResize,
  FrameReader,
  type MonitorMessage,
} from '../plan/messages.js'

/** Who is told of what a monitor says by itself. */
export interface ChannelListener {
  /** Every message but the answers to requests. */
  message(message: Exclude<MonitorMessage, { type: 'reply' }>): void
  /** The connection is gone; told once. */
  close(): void
}

/** The connection to a monitor: asks, hands the answers out, and passes on what else it says. */
export class MonitorChannel {
  readonly #socket: Socket
  readonly #frames = new FrameReader()
  readonly #replies = new Map<number, (errno: number | null) => void>()
  readonly #listener: ChannelListener
  readonly #write: (frame: Buffer) => void
  #nextRequest = 1
  #finished = false

  /** `write`: how frames go out, when not by the socket's own, which destroys it with all that is still to be read when nobody reads them. */
  constructor(
    socket: Socket,
    listener: ChannelListener,
    write: (frame: Buffer) => void = (frame) => void socket.write(frame),
  ) {
    this.#socket = socket
    this.#listener = listener
    this.#write = write
    socket.on('data', (chunk: Buffer) => this.#receive(chunk))
    socket.on('error', () => socket.destroy()) // EPIPE, ECONNRESET: the end of the stream says it all
    socket.on('close', () => this.#close())
  }

  /** The monitor has said its last word, or is gone. */
  get finished(): boolean {
    return this.#finished || this.#socket.destroyed
  }

  /** Sends a signal to the command. This and the others resolve with the errno, 0 for success; null when the monitor is gone. */
  kill(signal: number): Promise<number | null> {
    return this.#request((request) => encodeKill(request, signal))
  }

  /** SIGKILL to the command and everything in its cgroups. */
  killAll(): Promise<number | null> {
    return this.#request(encodeKillAll)
  }

  /** Sets the size of a terminal that the monitor keeps. */
  resize(rows: number, columns: number): Promise<number | null> {
    return this.#request((request) => encodeResize(request, rows, columns))
  }

  /** Sends a frame that has no answer, where there is still somebody to read it. */
  send(frame: Buffer): void {
    if (!this.#socket.destroyed) this.#write(frame)
  }

  /** Ends the connection; the monitor may go on. */
  destroy(): void {
    this.#socket.destroy()
  }

  #request(encode: (request: number) => Buffer): Promise<number | null> {
    if (this.finished) return Promise.resolve(null)
    const request = this.#nextRequest++
    return new Promise((resolve) => {
      this.#replies.set(request, resolve)
      this.#write(encode(request))
    })
  }

  #receive(chunk: Buffer): void {
    try {
      for (const message of this.#frames.push(chunk)) this.#dispatch(message)
    } catch {
      this.#socket.destroy() // not the language of a monitor: the same as a vanished one
    }
  }

  #dispatch(message: MonitorMessage): void {
    if (message.type === 'reply') {
      this.#replies.get(message.request)?.(message.errno)
      this.#replies.delete(message.request)
      return
    }
    if (message.type === 'exited' || message.type === 'failed') this.#finished = true
    this.#listener.message(message)
  }

  #close(): void {
    this.#finished = true
    this.#listener.close()
    for (const resolve of this.#replies.values()) resolve(null)
    this.#replies.clear()
  }
}
