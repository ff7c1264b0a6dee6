import { type Readable, finished as whenFinished } from 'node:stream'

const FIRST_BLOCK = 4096
const LARGEST_BLOCK = 65536

/** What was kept of an output. */
export interface Kept {
  readonly data: Buffer
  /** Bytes dropped from the beginning. */
  readonly cut: number
}

/**
 * The last `limit` bytes of what is written to it. Bytes are copied into blocks, so that neither many small chunks nor slices of large buffers hold more
 * memory than the limit and one block.
 */
export class Tail {
  readonly #limit: number
  readonly #blocks: Buffer[] = []
  /** Bytes in use of the last block. */
  #used = 0
  #total = 0
  #held = 0

  constructor(limit: number) {
    this.#limit = limit
  }

  /** Bytes written so far. */
  get total(): number {
    return this.#total
  }

  write(chunk: Uint8Array): void {
    this.#total += chunk.length
    let rest = chunk.length > this.#limit ? chunk.subarray(chunk.length - this.#limit) : chunk
    while (rest.length > 0) {
      const block = this.#room(rest.length)
      const piece = rest.subarray(0, block.length - this.#used)
      block.set(piece, this.#used)
      this.#used += piece.length
      this.#held += piece.length
      rest = rest.subarray(piece.length)
    }
    this.#drop()
  }

  /** What is kept. Call once, at the end. */
  take(): Kept {
    const last = this.#blocks.pop()
    if (last !== undefined) this.#blocks.push(last.subarray(0, this.#used))
    const all =
      this.#blocks.length === 1 && this.#blocks[0] !== undefined
        ? this.#blocks[0]
        : Buffer.concat(this.#blocks)
    const data = all.subarray(Math.max(0, all.length - this.#limit))
    return { data, cut: this.#total - data.length }
  }

  #room(wanted: number): Buffer {
    const last = this.#blocks.at(-1)
    if (last !== undefined && this.#used < last.length) return last
    const grown = last === undefined ? FIRST_BLOCK : Math.min(LARGEST_BLOCK, last.length * 2)
    const block = Buffer.allocUnsafeSlow(Math.min(LARGEST_BLOCK, Math.max(grown, wanted)))
    this.#blocks.push(block)
    this.#used = 0
    return block
  }

  /** Drops blocks that lie before the tail as a whole. Only the last block is not full, so lengths are bytes held. */
  #drop(): void {
    for (;;) {
      const first = this.#blocks[0]
      if (first === undefined || this.#blocks.length === 1 || this.#held - first.length < this.#limit) return
      this.#blocks.shift()
      this.#held -= first.length
    }
  }
}

/** Text of a tail. What is left of a character whose beginning was cut is cut too, so that no replacement character stands for it. Pure. */
export function decodeTail(kept: Kept): { text: string; cut: number } {
  let start = 0
  if (kept.cut > 0) {
    // A UTF-8 character has at most three continuation bytes, 10xxxxxx.
    while (start < 3 && start < kept.data.length && ((kept.data[start] ?? 0) & 0xc0) === 0x80) start += 1
  }
  return { text: kept.data.toString('utf8', start), cut: kept.cut + start }
}

/** An output being collected. */
export interface Capture {
  /** Resolves, never rejects, at the end of the stream. */
  readonly finished: Promise<void>
  /** What was kept; after `finished`. */
  take(): Kept
  /** The error that ended the stream, or null. */
  error(): NodeJS.ErrnoException | null
}

/** Collects the last `limit` bytes of a stream while it flows; `onLimit` is called once, with the first byte beyond. */
export function capture(stream: Readable, limit: number, onLimit: () => void): Capture {
  const tail = new Tail(limit)
  let failure: NodeJS.ErrnoException | null = null
  let exceeded = false
  const finished = new Promise<void>((resolve) => {
    stream.on('data', (chunk: Uint8Array | string) => {
      tail.write(typeof chunk === 'string' ? Buffer.from(chunk) : chunk)
      if (tail.total > limit && !exceeded) {
        exceeded = true
        onLimit()
      }
    })
    // also tells of a stream that ended, or was closed, before anybody could listen
    whenFinished(stream, { readable: true, writable: false }, (error) => {
      if (error != null && error.code !== 'ERR_STREAM_PREMATURE_CLOSE') failure = error
      resolve()
    })
  })
  return { finished, take: () => tail.take(), error: () => failure }
}
