/** What libuv reads at once, and what a pipe holds at first. */
const CHUNK = 65536
const SLAB = 262144
/** Reads of a whole chunk or more, one after the other, after which an output counts as a large one: a mebibyte. */
const LARGE_AFTER = 16

/** Read into by all pipes in turn: what was read is copied out before anything else runs. */
export const shared = Buffer.allocUnsafeSlow(CHUNK)

/**
 * Where the reads of one pipe go. A little at a time goes through memory that all pipes share, and is copied out, so an idle pipe holds nothing.
 * A large output is read into memory of its own and passed on as it is.
 */
export class ReadBuffers {
  #wholeReads = 0
  #slab: Buffer | null = null

  /** Whether much comes at a time. */
  get isLarge(): boolean {
    return this.#wholeReads >= LARGE_AFTER
  }

  /** Where the next read goes. */
  next(): Buffer {
    if (!this.isLarge) return shared
    this.#slab ??= Buffer.allocUnsafeSlow(SLAB)
    return this.#slab
  }

  /** The bytes of a read into what `next` gave, as a chunk that nothing writes to any more. */
  take(buffer: Buffer, size: number): Buffer {
    const read = buffer.subarray(0, size)
    const isOwn = buffer === this.#slab
    const rest = size < CHUNK ? 0 : buffer.length - size
    this.#slab = isOwn && rest >= CHUNK ? buffer.subarray(size) : null
    this.#wholeReads = size < CHUNK ? 0 : this.#wholeReads + 1
    return isOwn ? read : Buffer.from(read)
  }
}
