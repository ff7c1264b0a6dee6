import { closeSync, constants, openSync, unlinkSync } from 'node:fs'
import { Socket } from 'node:net'
import { LineReader, type LogEvent, type LogLine, parseLogEvent } from '../parse/log.js'
import type { FifoLot } from './fifo-stock.js'

const MAX_PROBLEMS = 64

/** The log of one LXC tool, read while it runs: what happens in the container is known when it happens, without polling. */
export class LogPipe {
  /** What the tool is given as its log file. */
  readonly path: string
  /** WARN and worse, the first ones. */
  readonly problems: LogLine[] = []
  readonly #reader: Socket
  readonly #ended: Promise<void>
  /** Kept open until the tool has ended, so that the pipe is not at its end before the tool has opened it. */
  #writer: number | null

  /** `onLine` gets every line that is no event, for what only a tool's own messages tell. */
  constructor(
    fifos: FifoLot,
    onEvent: (event: Exclude<LogEvent, { type: 'problem' }>) => void,
    onLine: (text: string) => void = () => {},
  ) {
    this.path = fifos.takePath()
    const read = openSync(this.path, constants.O_RDONLY | constants.O_NONBLOCK)
    this.#writer = openSync(this.path, constants.O_WRONLY)
    this.#reader = new Socket({ fd: read, readable: true, writable: false })
    const lines = new LineReader()
    this.#reader.setEncoding('utf8')
    this.#reader.on('data', (piece: string) => {
      for (const text of lines.push(piece)) {
        const event = parseLogEvent(text)
        if (event === null) onLine(text)
        else if (event.type !== 'problem') onEvent(event)
        else if (this.problems.length < MAX_PROBLEMS) this.problems.push(event.line)
      }
    })
    this.#ended = new Promise((resolve) => {
      this.#reader.once('close', () => resolve())
      this.#reader.on('error', () => this.#reader.destroy())
    })
  }

  /** To be called when the tool has ended: resolves when all that it wrote was read. */
  async finish(): Promise<void> {
    if (this.#writer !== null) {
      closeSync(this.#writer)
      this.#writer = null
      unlinkSync(this.path)
    }
    await this.#ended
  }
}
