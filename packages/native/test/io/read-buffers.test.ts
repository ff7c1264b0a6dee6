import { describe, expect, test } from '@jest/globals'
import { ReadBuffers } from '../../dist/io/read-buffers.js'

const CHUNK = 65536

/** One read of `size` bytes of one value, as the kernel makes it. */
function read(buffers: ReadBuffers, size: number, value: number): Buffer {
  const buffer = buffers.next()
  buffer.fill(value, 0, size)
  return buffers.take(buffer, size)
}

describe('memory that a pipe is read into', () => {
  test('no later read changes a chunk, whatever the sizes', () => {
    const buffers = new ReadBuffers()
    const sizes = [1, CHUNK, 70, ...Array.from({ length: 60 }, () => CHUNK), 9, CHUNK, CHUNK]
    const chunks = sizes.map((size, index) => read(buffers, Math.min(size, buffers.next().length), index))
    for (const [index, chunk] of chunks.entries()) {
      expect(chunk).toHaveLength(sizes[index] ?? 0)
      expect(chunk.every((byte) => byte === index)).toBe(true)
    }
  })

  test('two pipes with little output take turns in the same memory, which no chunk holds', () => {
    const [one, other] = [new ReadBuffers(), new ReadBuffers()]
    expect(one.next()).toBe(other.next())
    const first = read(one, 5000, 1)
    const second = read(other, 5000, 2)
    expect([first[0], second[0]]).toEqual([1, 2])
    expect(first.buffer).not.toBe(one.next().buffer)
  })

  test('a large output is read into memory of its own and not copied; with the first small read that ends', () => {
    const buffers = new ReadBuffers()
    for (let count = 0; count < 16; count += 1) {
      expect(buffers.isLarge).toBe(false)
      read(buffers, CHUNK, 1)
    }
    expect(buffers.isLarge).toBe(true)
    const buffer = buffers.next()
    expect(read(buffers, CHUNK, 2).buffer).toBe(buffer.buffer)
    expect(buffers.next().buffer).toBe(buffer.buffer)
    expect(buffers.next().byteOffset).toBe(CHUNK)
    read(buffers, buffer.length - 2 * CHUNK + 1, 3)
    // less than a chunk is left
    expect(buffers.next().buffer).not.toBe(buffer.buffer)
    read(buffers, 10, 4)
    expect(buffers.isLarge).toBe(false)
    expect(buffers.next()).toBe(new ReadBuffers().next())
  })
})
