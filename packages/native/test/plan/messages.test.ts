import { describe, expect, test } from '@jest/globals'
import {
  decodeMessage,
  encodeAbort,
  encodeGo,
  encodeKill,
  encodeKillAll,
  encodeResize,
  FrameReader,
} from '../../dist/plan/messages.js'

const i32 = (...values: number[]) => Buffer.from(Int32Array.from(values).buffer)
const u64 = (...values: bigint[]) => Buffer.from(BigUint64Array.from(values).buffer)
const text = (value: string) => Buffer.concat([i32(Buffer.byteLength(value)), Buffer.from(value)])
const frame = (type: number, ...parts: Buffer[]) => {
  const body = Buffer.concat([Buffer.of(type), ...parts])
  return Buffer.concat([i32(body.length), body])
}

const frames = [
  frame(1, i32(42)),
  frame(2, i32(42), u64(99n)),
  frame(3, i32(-1, 0, 125, 7), text('why ü'), i32(1, 5, 16)),
  frame(4, i32(1, 3, 0), u64(1n, 2n, 3n, 4n), i32(0, 2, 8, 0), text('4096\n'), i32(9, 2), text(''), i32(0)),
  frame(4, i32(2, 9, 1), u64(1n, 2n, 3n, 4n), i32(1, 0), i32(1, 4, 110)),
  frame(5, i32(-1, 3)),
  frame(6, i32(2)),
]
const messages = [
  { type: 'created', pid: 42 },
  { type: 'started', pid: 42, startTime: 99n },
  {
    type: 'failed',
    step: -1,
    op: 0,
    errno: 125,
    detail: 7,
    context: 'why ü',
    cleanupErrors: [{ step: 5, errno: 16 }],
  },
  {
    type: 'exited',
    code: 3,
    signal: null,
    coreDumped: false,
    userTimeUs: 1n,
    systemTimeUs: 2n,
    maxRssKiB: 3n,
    wallMs: 4n,
    killed: false,
    reads: [
      { step: 8, errno: 0, data: Buffer.from('4096\n') },
      { step: 9, errno: 2, data: Buffer.alloc(0) },
    ],
    cleanupErrors: [],
  },
  {
    type: 'exited',
    code: null,
    signal: 9,
    coreDumped: true,
    userTimeUs: 1n,
    systemTimeUs: 2n,
    maxRssKiB: 3n,
    wallMs: 4n,
    killed: true,
    reads: [],
    cleanupErrors: [{ step: 4, errno: 110 }],
  },
  { type: 'reply', request: 4_294_967_295, errno: 3 },
  { type: 'oom', kills: 2 },
]

describe('messages of the monitor', () => {
  test.each([1, 2, 3, 5, 7, 11, 64, 1000])('are read from a stream in pieces of %i bytes', (size) => {
    const stream = Buffer.concat(frames)
    const reader = new FrameReader()
    const seen: unknown[] = []
    for (let at = 0; at < stream.length; at += size) seen.push(...reader.push(stream.subarray(at, at + size)))
    expect(seen).toEqual(messages)
    expect(reader.pending).toBe(0)
  })

  test('a piece that the caller changes afterwards does not change a message', () => {
    const reader = new FrameReader()
    const piece = Buffer.from(frames[3] as Buffer)
    const half = piece.subarray(0, 40)
    expect(reader.push(half)).toEqual([])
    half.fill(0)
    expect(reader.pending).toBe(40)
    expect(reader.push(piece.subarray(40))).toEqual([messages[3]])
  })

  test.each([
    ['cut short', (frames[2] as Buffer).subarray(4, -1)],
    ['with bytes left over', Buffer.concat([(frames[0] as Buffer).subarray(4), Buffer.of(0)])],
    ['of an unknown type', Buffer.of(9)],
    ['empty', Buffer.alloc(0)],
    ['with a length that lies', Buffer.concat([Buffer.of(3), i32(0, 0, 0, 0, -1)])],
    ['with a count that lies', Buffer.concat([Buffer.of(3), i32(0, 0, 0, 0, 0, -1)])],
  ])('one that is %s is refused', (_, body) => {
    expect(() => decodeMessage(body)).toThrow(/a message of the monitor/)
  })

  test.each([[0], [0x7fff_ffff], [-1]])('a frame that claims %i bytes is refused', (size) => {
    expect(() => new FrameReader().push(i32(size))).toThrow(/claims/)
  })
})

describe('commands to the monitor', () => {
  test('are frames', () => {
    expect(encodeGo()).toEqual(frame(1))
    expect(encodeKill(7, 15)).toEqual(frame(2, i32(7, 15)))
    expect(encodeKill(4_294_967_295, -1)).toEqual(frame(2, i32(-1, -1)))
    expect(encodeAbort()).toEqual(frame(3))
    expect(encodeKillAll(9)).toEqual(frame(4, i32(9)))
    expect(encodeResize(3, 24, 65_535)).toEqual(frame(5, i32(3, 24, 65_535)))
  })
})
