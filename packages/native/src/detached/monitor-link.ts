import { connect } from 'node:net'
import { MonitorChannel } from '../init/monitor-channel.js'
import type { MonitorMessage } from '../plan/messages.js'
import type { Exited } from '../state/container-state.js'

/** A connection to the monitor of a detached container, which another process started. */
export class MonitorLink {
  /** The last word of the monitor; null when the connection ended without one. */
  readonly exited: Promise<Exited | null>
  readonly #channel: MonitorChannel
  readonly #onOom: () => void
  readonly #connected: Promise<boolean>
  #settleConnected!: (connected: boolean) => void
  #settleExited!: (exited: Exited | null) => void
  #released = false

  private constructor(path: string, onOom: () => void) {
    this.#onOom = onOom
    this.exited = new Promise((resolve) => {
      this.#settleExited = resolve
    })
    this.#connected = new Promise((resolve) => {
      this.#settleConnected = resolve
    })
    const socket = connect(path, () => this.#settleConnected(true))
    this.#channel = new MonitorChannel(socket, {
      message: (message) => this.#heard(message),
      close: () => this.#close(),
    })
  }

  /** Null when nobody listens there any more. A monitor that is stopped is connected to all the same. Never rejects. */
  static async open(path: string, onOom: () => void): Promise<MonitorLink | null> {
    const link = new MonitorLink(path, onOom)
    return (await link.#connected) ? link : null
  }

  kill(signal: number): Promise<number | null> {
    return this.#channel.kill(signal)
  }

  killAll(): Promise<number | null> {
    return this.#channel.killAll()
  }

  resize(rows: number, columns: number): Promise<number | null> {
    return this.#channel.resize(rows, columns)
  }

  /** Gives the container out of hand: it goes on, and `exited` stays pending. */
  release(): void {
    this.#released = true
    this.#channel.destroy()
  }

  #heard(message: Exclude<MonitorMessage, { type: 'reply' }>): void {
    if (message.type === 'oom') for (let left = message.kills; left > 0; left--) this.#onOom()
    if (message.type === 'exited') this.#settleExited(message)
  }

  #close(): void {
    this.#settleConnected(false)
    if (!this.#released) this.#settleExited(null)
  }
}
