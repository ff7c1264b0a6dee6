import type { Duplex } from 'node:stream'
import { encodeMessage, MessageReader } from './messages.js'

/** ESRCH: what is asked of a keeper that is gone. */
export const GONE = 3

type Listener = (rest: string[]) => void

/** What is said with a keeper, over a socket. */
export class Connection {
  /** Resolves when the other side is gone. */
  readonly closed: Promise<void>
  readonly #socket: Duplex
  readonly #listeners = new Map<string, Listener>()
  readonly #early: string[][] = []
  readonly #asked = new Map<number, (errno: number) => void>()
  #count = 0
  #open = true

  constructor(socket: Duplex) {
    this.#socket = socket
    const reader = new MessageReader()
    socket.on('error', () => socket.destroy())
    socket.on('data', (piece: Buffer) => {
      for (const message of reader.push(piece)) this.#hear(message)
    })
    this.closed = new Promise((resolve) => {
      socket.once('close', () => {
        this.#open = false
        for (const answer of this.#asked.values()) answer(GONE)
        this.#asked.clear()
        resolve()
      })
      socket.once('end', () => socket.destroy())
    })
  }

  #hear(message: string[]): void {
    const [word = '', ...rest] = message
    if (word === 'done') {
      const [number, errno] = rest.map(Number)
      this.#asked.get(number ?? 0)?.(errno ?? 0)
      this.#asked.delete(number ?? 0)
      return
    }
    const listener = this.#listeners.get(word)
    if (listener === undefined) this.#early.push(message)
    else listener(rest)
  }

  /** Says who is to hear messages that begin with a word; those that were there before are heard at once. */
  on(word: string, listener: Listener): void {
    this.#listeners.set(word, listener)
    const waiting = this.#early.filter(([first]) => first === word)
    for (const message of waiting) {
      this.#early.splice(this.#early.indexOf(message), 1)
      listener(message.slice(1))
    }
  }

  /** Nothing happens when the other side is gone. */
  send(fields: readonly string[]): void {
    if (this.#open) this.#socket.write(encodeMessage(fields))
  }

  /** Asks for something and resolves with an errno, 0 when it was done; ESRCH when the other side is gone. */
  ask(verb: string, rest: readonly string[]): Promise<number> {
    if (!this.#open) return Promise.resolve(GONE)
    this.#count += 1
    const number = this.#count
    const answer = new Promise<number>((resolve) => this.#asked.set(number, resolve))
    this.send([verb, String(number), ...rest])
    return answer
  }

  close(): void {
    this.#socket.destroy()
  }
}
