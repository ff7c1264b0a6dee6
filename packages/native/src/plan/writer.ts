const FIRST_SIZE = 16 * 1024

/** Writes little endian values one after the other into one buffer that grows. */
export class Writer {
  #buffer = Buffer.allocUnsafe(FIRST_SIZE)
  #size = 0

  /** Bytes written so far: where the next one goes. */
  get size(): number {
    return this.#size
  }

  /** Makes room for some more bytes and gives their place. To be called before the buffer is looked at: it may be another one afterwards. */
  #take(count: number): number {
    const at = this.#size
    this.#size += count
    if (this.#size > this.#buffer.length) {
      const larger = Buffer.allocUnsafe(Math.max(this.#size, 2 * this.#buffer.length))
      this.#buffer.copy(larger, 0, 0, at)
      this.#buffer = larger
    }
    return at
  }

  u8(value: number): void {
    const at = this.#take(1)
    this.#buffer[at] = value
  }

  u16(value: number): void {
    const at = this.#take(2)
    this.#buffer.writeUInt16LE(value, at)
  }

  u32(value: number): void {
    const at = this.#take(4)
    this.#buffer.writeUInt32LE(value, at)
  }

  /** A signed integer of 64 bits. Numbers are written in two halves: that is ten times as fast as by way of a bigint. */
  i64(value: number | bigint): void {
    const at = this.#take(8)
    if (typeof value === 'bigint') {
      this.#buffer.writeBigInt64LE(BigInt.asIntN(64, value), at)
      return
    }
    this.#buffer.writeInt32LE(value | 0, at)
    this.#buffer.writeInt32LE(Math.floor(value / 2 ** 32), at + 4)
  }

  /** Text as UTF-8, with its length before it and a NUL behind it that is not counted. */
  text(value: string): void {
    const room = value.length * 3 // the most that UTF-8 takes for a UTF-16 unit
    const at = this.#take(4 + room + 1)
    const length = this.#buffer.write(value, at + 4, 'utf8')
    this.#close(at, length)
  }

  /** Bytes in the same form. */
  bytes(value: Uint8Array): void {
    const at = this.#take(4 + value.length + 1)
    this.#buffer.set(value, at + 4)
    this.#close(at, value.length)
  }

  #close(at: number, length: number): void {
    this.#buffer.writeUInt32LE(length, at)
    this.#buffer[at + 4 + length] = 0
    this.#size = at + 4 + length + 1
  }

  /** Writes a value that was not known at its place. */
  patchU32(at: number, value: number): void {
    this.#buffer.writeUInt32LE(value, at)
  }

  /** What was written, without a copy: the writer must not be used afterwards. */
  finish(): Buffer {
    return this.#buffer.subarray(0, this.#size)
  }
}
