import type { Syscalls } from '../sys/syscalls.js'

const RETRY_MS = 1

/**
 * Sends frames past Node's stream of the same socket, in their order. A stream that meets EPIPE throws away what is still to be read, and a monitor that has ended has said
 * how it did: that must be heard, so nothing happens here when nobody reads any more.
 */
export class FrameSender {
  readonly #sys: Syscalls
  readonly #socket: number
  readonly #isOpen: () => boolean
  readonly #waiting: Buffer[] = []
  #timer: NodeJS.Timeout | null = null

  /** `isOpen`: whether the descriptor still is this socket. */
  constructor(sys: Syscalls, socket: number, isOpen: () => boolean) {
    this.#sys = sys
    this.#socket = socket
    this.#isOpen = isOpen
  }

  send(frame: Buffer): void {
    this.#waiting.push(frame)
    if (this.#timer === null) this.#flush()
  }

  #flush(): void {
    this.#timer = null
    for (let [frame] = this.#waiting; frame !== undefined; [frame] = this.#waiting) {
      const taken = this.#taken(frame)
      if (taken === null) {
        this.#waiting.length = 0
        return
      }
      if (taken < frame.length) {
        this.#waiting[0] = frame.subarray(taken)
        this.#timer = setTimeout(() => this.#flush(), RETRY_MS)
        return
      }
      this.#waiting.shift()
    }
  }

  /** How many bytes the socket took; null when nobody is there. */
  #taken(frame: Buffer): number | null {
    if (!this.#isOpen()) return null
    try {
      return this.#sys.send(this.#socket, frame)
    } catch {
      return null
    }
  }
}
