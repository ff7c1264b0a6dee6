import { expect, test } from '@jest/globals'
import { Writer } from '../../dist/plan/writer.js'

/** The size at which the buffer grows first. */
const FIRST_SIZE = 16 * 1024

test.each(Array.from({ length: 12 }, (_, short) => [short] as const))(
  'every kind of value is whole when the buffer grows, %i bytes before its end',
  (short) => {
    const kinds: ReadonlyArray<readonly [(writer: Writer) => void, string]> = [
      [(writer) => writer.u8(0xab), 'ab'],
      [(writer) => writer.u16(0xabcd), 'cdab'],
      [(writer) => writer.u32(0x01020304), '04030201'],
      [(writer) => writer.i64(-2), 'feffffffffffffff'],
      [(writer) => writer.i64(-2n), 'feffffffffffffff'],
      [(writer) => writer.text('hi'), '02000000686900'],
      [(writer) => writer.bytes(Buffer.from('hi')), '02000000686900'],
    ]
    for (const [write, hex] of kinds) {
      const writer = new Writer()
      for (let size = 0; size < FIRST_SIZE - short; size += 1) writer.u8(0x11)
      write(writer)
      const all = writer.finish()
      expect(all.subarray(FIRST_SIZE - short).toString('hex')).toBe(hex)
      expect(all.subarray(0, FIRST_SIZE - short).every((byte) => byte === 0x11)).toBe(true)
    }
  },
)
