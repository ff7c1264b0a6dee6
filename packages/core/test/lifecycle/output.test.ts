import { PassThrough, Readable } from 'node:stream'
import { describe, expect, test } from '@jest/globals'
import { capture, decodeTail, Tail } from '../../dist/lifecycle/output.js'

/** Numbers that look random and are the same each time. */
function* numbers(seed: number): Generator<number, never> {
  for (let state = seed; ; ) {
    state = (state * 1103515245 + 12345) % 2 ** 31
    yield state
  }
}

describe('Tail', () => {
  test.each([0, 1, 7, 4096, 65536, 200_000])(
    'keeps the last %i bytes, as a plain concatenation does',
    (limit) => {
      const random = numbers(limit + 1)
      const tail = new Tail(limit)
      const all: Buffer[] = []
      for (const size of [0, 1, 5, 4095, 4096, 4097, 100_000, 3, 65536, 70_000, 1, 20_000]) {
        const chunk = Buffer.from(Array.from({ length: size }, () => random.next().value & 255))
        all.push(Buffer.from(chunk))
        tail.write(chunk)
        chunk.fill(0) // A driver may use its buffer again.
      }
      const wanted = Buffer.concat(all)
      const { data, cut } = tail.take()
      expect(data.equals(wanted.subarray(Math.max(0, wanted.length - limit)))).toBe(true)
      expect(cut).toBe(wanted.length - data.length)
      expect(tail.total).toBe(wanted.length)
    },
  )

  test('is exact at every length around the edges of blocks', () => {
    for (const length of [4095, 4096, 4097, 12287, 12288, 12289]) {
      for (const limit of [4095, 4096, 4097, 12288]) {
        const tail = new Tail(limit)
        for (let index = 0; index < length; index++) tail.write(Uint8Array.of(index & 255))
        const { data, cut } = tail.take()
        expect([data.length, cut]).toEqual([Math.min(length, limit), Math.max(0, length - limit)])
        expect(data.at(-1)).toBe((length - 1) & 255)
        expect(data[0]).toBe(cut & 255)
      }
    }
  })

  test('holds no more memory than the limit and one block, however small the chunks', () => {
    const limit = 1024 ** 2
    const tail = new Tail(limit)
    const before = process.memoryUsage().arrayBuffers
    const chunk = Buffer.from('0123456789abcdef')
    for (let written = 0; written < 50 * 1024 ** 2; written += chunk.length) tail.write(chunk)
    // Dropped blocks wait for the collector; without dropping it would be 50 MiB.
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(25 * 1024 ** 2)
    expect(tail.take().data.length).toBe(limit)
  })
})

describe('decodeTail', () => {
  const text = 'aä€😀'

  test.each([
    [0, 'aä€😀', 0],
    [1, 'ä€😀', 1],
    [2, '€😀', 3],
    [3, '€😀', 3],
    [4, '😀', 6],
    [5, '😀', 6],
    [7, '', 10],
    [9, '', 10],
  ])('cut after %i bytes', (cut, wanted, wantedCut) => {
    const data = Buffer.from(text).subarray(cut)
    expect(decodeTail({ data, cut })).toEqual({ text: wanted, cut: wantedCut })
  })

  test('what was not cut is decoded as it is, wrong bytes too', () => {
    expect(decodeTail({ data: Buffer.of(0x80, 0x61), cut: 0 })).toEqual({ text: '\ufffda', cut: 0 })
  })

  test('bytes that are no text lose at most three', () => {
    expect(decodeTail({ data: Buffer.of(0x80, 0x80, 0x80, 0x80), cut: 1 })).toEqual({
      text: '\ufffd',
      cut: 4,
    })
  })
})

describe('capture', () => {
  test('tells of the limit once, with the first byte beyond', async () => {
    let calls = 0
    const stream = Readable.from([Buffer.from('abc'), Buffer.from('d'), Buffer.from('ef')], {
      objectMode: false,
    })
    const one = capture(stream, 4, () => {
      calls += 1
    })
    await one.finished
    expect(calls).toBe(1)
    expect(one.take()).toEqual({ data: Buffer.from('cdef'), cut: 2 })
  })

  test('exactly the limit is not beyond', async () => {
    const stream = Readable.from([Buffer.from('abcd')], { objectMode: false })
    const one = capture(stream, 4, () => {
      throw new Error('not to be called')
    })
    await one.finished
    expect(one.take()).toEqual({ data: Buffer.from('abcd'), cut: 0 })
  })

  test('an error ends it and is kept, with what came before', async () => {
    const stream = new PassThrough()
    const one = capture(stream, 100, () => {})
    stream.write('before')
    await new Promise(setImmediate)
    stream.destroy(Object.assign(new Error('broken'), { code: 'EIO' }))
    await one.finished
    expect(one.error()?.code).toBe('EIO')
    expect(one.take().data.toString()).toBe('before')
  })
})
