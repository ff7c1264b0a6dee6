import { closeSync, constants, openSync, unlinkSync, writeSync } from 'node:fs'
import { Socket } from 'node:net'
import type { HookState } from '@execd/core/driver'
import type { FifoLot } from '../io/fifo-stock.js'

/**
 * The way from LXC's start-host hook, which runs when the namespaces are set up and the command is not executed yet, to the callback of the caller and back. The hook
 * is a script that waits on a FIFO.
 */
export class Prestart {
  readonly ask: string
  readonly answer: string
  /** Set when the callback rejected: what it rejected with. */
  failure: { readonly reason: unknown } | null = null
  /** Resolves when the callback has settled; never when the hook did not run. */
  readonly #reader: Socket
  readonly #writer: number
  readonly #keepAsk: number
  #closed = false

  constructor(fifos: FifoLot, id: string, callback: (state: HookState) => Promise<void>) {
    this.ask = fifos.takePath()
    this.answer = fifos.takePath()
    const read = openSync(this.ask, constants.O_RDONLY | constants.O_NONBLOCK)
    this.#keepAsk = openSync(this.ask, constants.O_WRONLY | constants.O_NONBLOCK) // no end before the hook has opened it
    this.#writer = openSync(this.answer, constants.O_RDWR | constants.O_NONBLOCK) // Linux opens a FIFO so without waiting for a reader
    this.#reader = new Socket({ fd: read, readable: true, writable: false })
    let text = ''
    this.#reader.setEncoding('latin1').on('error', () => {})
    this.#reader.on('data', (piece: string) => {
      text += piece
      const pid = /^(\d+)\n/.exec(text)?.[1]
      if (pid === undefined) return
      text = ''
      void this.#call(callback, { id, status: 'creating', pid: Number(pid) })
    })
  }

  async #call(callback: (state: HookState) => Promise<void>, state: HookState): Promise<void> {
    try {
      await callback(state)
    } catch (reason) {
      this.failure = { reason }
    }
    if (!this.#closed) writeSync(this.#writer, this.failure === null ? 'go\n' : 'stop\n')
  }

  /** To be called when the start is over. */
  close(): void {
    this.#closed = true
    this.#reader.destroy()
    closeSync(this.#writer)
    closeSync(this.#keepAsk)
    for (const path of [this.ask, this.answer]) unlinkSync(path)
  }
}
