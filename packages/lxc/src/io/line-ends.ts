const CR = 13
const LF = 10

/**
 * Undoes what a terminal's ONLCR (termios(3)) does to output: one carriage return before each line feed is taken away again. LXC turns ONLCR on for the terminal that
 * it passes the container's output on to, which has been through the container's own terminal already.
 */
export class LineEnds {
  #held = false

  /** The bytes as they were before. A carriage return at the end is held back until it is known what follows. */
  push(chunk: Buffer): Buffer {
    const out = Buffer.allocUnsafe(chunk.length + 1)
    let size = 0
    for (const byte of chunk) {
      if (this.#held && byte !== LF) out[size++] = CR
      this.#held = byte === CR
      if (!this.#held) out[size++] = byte
    }
    return out.subarray(0, size)
  }

  /** Whether a carriage return is held back. */
  get holds(): boolean {
    return this.#held
  }

  /** What was held back. */
  flush(): Buffer {
    const rest = this.#held ? Buffer.from([CR]) : Buffer.alloc(0)
    this.#held = false
    return rest
  }
}
