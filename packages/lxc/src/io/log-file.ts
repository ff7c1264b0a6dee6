import { closeSync, openSync, readSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { LineReader, type LogEvent, type LogLine, parseLogEvent } from '../parse/log.js'

const PAUSE_MS = 2
const CHUNK = 65_536
const MAX_PROBLEMS = 64

/** The log of a tool that outlives this process: a file, read from its beginning until the tool has started its container. */
export class LogFile {
  /** WARN and worse, the first ones. */
  readonly problems: LogLine[] = []
  readonly #fd: number
  readonly #lines = new LineReader()
  readonly #chunk = Buffer.alloc(CHUNK)
  #at = 0

  /** The file must exist. */
  constructor(path: string) {
    this.#fd = openSync(path, 'r')
  }

  /** Pid of the container's first process, when it runs; null when `over` says that the tool has ended without that. */
  async started(over: () => boolean): Promise<number | null> {
    for (;;) {
      const last = over()
      for (const event of this.#read()) if (event.type === 'started') return event.pid
      if (last) return null
      await sleep(PAUSE_MS)
    }
  }

  *#read(): Generator<LogEvent> {
    for (let size = -1; size !== 0; ) {
      size = readSync(this.#fd, this.#chunk, 0, CHUNK, this.#at)
      this.#at += size
      for (const text of this.#lines.push(this.#chunk.toString('utf8', 0, size))) {
        const event = parseLogEvent(text)
        if (event?.type === 'problem' && this.problems.length < MAX_PROBLEMS) this.problems.push(event.line)
        if (event !== null) yield event
      }
    }
  }

  close(): void {
    closeSync(this.#fd)
  }
}
