import { connect, type Socket } from 'node:net'
import {
  encodeKill,
  encodeKillAll,
  encodeResize,
  FrameReader,
  type MonitorMessage,
} from '../plan/messages.js'
import type { Exited } from '../state/container-state.js'

/** A connection to the monitor of a detached container, which another process started. */
export class MonitorLink {
  /** The last word of the monitor; null when the connection ended without one. */
  readonly exited: Promise<Exited | null>
  readonly #socket: Socket
  readonly #frames = new FrameReader()
  readonly #replies = new Map<number, (errno: number | null) => void>()
  readonly #onOom: () => void
  readonly #connected: Promise<boolean>
  #settleConnected!: (connected: boolean) => void
  #settleExited!: (exited: Exited | null) => void
  #nextRequest = 1
  #finished = false
  #released = false

  private constructor(path: string, onOom: () => void) {
    this.#onOom = onOom
    this.exited = new Promise((resolve) => {
      this.#settleExited = resolve
    })
    this.#connected = new Promise((resolve) => {
      this.#settleConnected = resolve
    })
    this.#socket = connect(path, () => this.#settleConnected(true))
    this.#socket.on('data', (chunk: Buffer) => this.#receive(chunk))
    this.#socket.on('error', () => this.#socket.destroy())
    this.#socket.on('close', () => this.#close())
  }

  /** Null when nobody listens there any more. A monitor that is stopped is connected to all the same. Never rejects. */
  static async open(path: string, onOom: () => void): Promise<MonitorLink | null> {
    const link = new MonitorLink(path, onOom)
    return (await link.#connected) ? link : null
  }

  kill(signal: number): Promise<number | null> {
    return this.#request((request) => encodeKill(request, signal))
  }

  killAll(): Promise<number | null> {
    return this.#request(encodeKillAll)
  }

  resize(rows: number, columns: number): Promise<number | null> {
    return this.#request((request) => encodeResize(request, rows, columns))
  }

  /** Gives the container out of hand: it goes on, and `exited` stays pending. */
  release(): void {
    this.#released = true
    this.#socket.destroy()
  }

  #request(encode: (request: number) => Buffer): Promise<number | null> {
    if (this.#finished || this.#socket.destroyed) return Promise.resolve(null)
    const request = this.#nextRequest++
    return new Promise((resolve) => {
      this.#replies.set(request, resolve)
      this.#socket.write(encode(request))
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
    if (message.type === 'oom') for (let left = message.kills; left > 0; left--) this.#onOom()
    if (message.type === 'reply') {
      this.#replies.get(message.request)?.(message.errno)
      this.#replies.delete(message.request)
    }
    if (message.type === 'exited') {
      this.#finished = true
      this.#settleExited(message)
    }
  }

  #close(): void {
    this.#settleConnected(false)
    if (!this.#released) this.#settleExited(null)
    for (const resolve of this.#replies.values()) resolve(null)
    this.#replies.clear()
  }
}
