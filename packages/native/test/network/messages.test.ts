import { describe, expect, test } from '@jest/globals'
import {
  addAddress,
  addDefaultRoute,
  createPair,
  deleteLink,
  setAlias,
  setHairpin,
  setUp,
} from '../../dist/network/messages.js'
import type { NetlinkMessage } from '../../dist/network/netlink.js'

const hex = ({ message }: NetlinkMessage) => Buffer.from(message).toString('hex')

/** Attributes by type, as the kernel walks them: each padded to 4 bytes, the last one too. */
function attributes(bytes: Buffer): Map<number, Buffer> {
  const found = new Map<number, Buffer>()
  for (let at = 0; at < bytes.length; ) {
    const length = bytes.readUInt16LE(at)
    expect(length).toBeGreaterThanOrEqual(4)
    expect(at + length).toBeLessThanOrEqual(bytes.length)
    found.set(bytes.readUInt16LE(at + 2), bytes.subarray(at + 4, at + length))
    at += (length + 3) & ~3
  }
  return found
}

const NESTED = 0x8000

describe('messages of rtnetlink', () => {
  const all: ReadonlyArray<readonly [string, NetlinkMessage, number, number]> = [
    ['createPair', createPair({ name: 'a', mac: null, mtu: 1 }, { name: 'b', mac: null, mtu: 1 }), 16, 0x605],
    ['setUp', setUp('eth0'), 19, 5],
    ['setAlias', setAlias('eth0', 'execd:box'), 19, 5],
    ['setHairpin', setHairpin('eth0'), 16, 5],
    ['deleteLink', deleteLink('eth0'), 17, 5],
    ['addAddress', addAddress(Buffer.of(10, 0, 0, 1), 24), 20, 0x605],
    ['addDefaultRoute', addDefaultRoute(Buffer.of(10, 0, 0, 1), 0), 24, 0x605],
  ]
  test.each(all)('%s has a header that says its length, type and flags', (_, { message }, type, flags) => {
    const bytes = Buffer.from(message)
    expect(bytes.readUInt32LE(0)).toBe(bytes.length)
    expect(bytes.length % 4).toBe(0)
    expect(bytes.length).toBeLessThanOrEqual(1024)
    expect(bytes.readUInt16LE(4)).toBe(type)
    expect(bytes.readUInt16LE(6)).toBe(flags)
  })

  test('a pair: the bridge is filled in by number, the namespace of the other end by pid', () => {
    const outer = { name: 'execd0123456789', mac: Buffer.of(0xfe, 1, 2, 3, 4, 5), mtu: 9000 }
    const made = createPair(outer, { name: 'eth0', mac: Buffer.of(2, 0, 0, 0, 0, 7), mtu: 1400 })
    const bytes = Buffer.from(made.message)
    bytes.writeUInt32LE(0x11111111, made.indexAt)
    bytes.writeUInt32LE(0x22222222, made.childAt)
    // struct ifinfomsg: any device, flags and change IFF_UP
    expect(bytes.subarray(16, 32).toString('hex')).toBe('00000000000000000100000001000000')
    const own = attributes(bytes.subarray(32))
    expect([...own.keys()]).toEqual([10, 3, 4, 1, 18 | NESTED])
    expect(own.get(10)?.readUInt32LE()).toBe(0x11111111)
    expect(own.get(3)?.toString()).toBe('execd0123456789\0')
    expect(own.get(4)?.readUInt32LE()).toBe(9000)
    expect(own.get(1)?.toString('hex')).toBe('fe0102030405')
    const info = attributes(own.get(18 | NESTED) ?? Buffer.alloc(0))
    expect(info.get(1)?.toString()).toBe('veth\0')
    const peer = attributes(info.get(2 | NESTED) ?? Buffer.alloc(0)).get(1 | NESTED) ?? Buffer.alloc(0)
    expect(peer.subarray(0, 16).toString('hex')).toBe('0'.repeat(32))
    const inner = attributes(peer.subarray(16))
    expect(inner.get(19)?.readUInt32LE()).toBe(0x22222222)
    expect(inner.get(3)?.toString()).toBe('eth0\0')
    expect(inner.get(4)?.readUInt32LE()).toBe(1400)
    expect(inner.get(1)?.toString('hex')).toBe('020000000007')
  })

  test('without a hardware address the kernel chooses', () => {
    const { message } = createPair({ name: 'a', mac: null, mtu: 1 }, { name: 'b', mac: null, mtu: 1 })
    expect([...attributes(Buffer.from(message).subarray(32)).keys()]).not.toContain(1)
  })

  test('addresses: family, prefix, the interface by number; an IPv6 one without a search for duplicates', () => {
    const four = addAddress(Buffer.of(10, 1, 2, 3), 16)
    expect(hex(four).slice(32)).toBe('0210000000000000080002000a010203080001000a010203')
    expect([four.indexAt, four.childAt]).toEqual([20, -1])
    const six = addAddress(Buffer.alloc(16, 0xfd), 64)
    expect(hex(six).slice(32, 48)).toBe('0a40020000000000')
  })

  test('routes: the main table, a gateway, the interface by number; a metric when it is not the first', () => {
    const first = addDefaultRoute(Buffer.of(10, 1, 2, 1), 0)
    expect(hex(first).slice(32)).toBe('02000000fe04000100000000080005000a0102010800040000000000')
    expect(first.indexAt).toBe(16 + 12 + 8 + 4)
    const second = addDefaultRoute(Buffer.of(10, 1, 2, 1), 3)
    expect(hex(second).slice(-16)).toBe('0800060003000000')
    expect(hex(addDefaultRoute(Buffer.alloc(16), 0)).slice(32, 34)).toBe('0a')
  })

  test('hairpin is a property of the port', () => {
    const info = attributes(Buffer.from(setHairpin('execd1').message).subarray(32)).get(18 | NESTED)
    const port = attributes(info ?? Buffer.alloc(0))
    expect(port.get(4)?.toString()).toBe('bridge\0')
    expect(
      attributes(port.get(5 | NESTED) ?? Buffer.alloc(0))
        .get(4)
        ?.toString('hex'),
    ).toBe('01')
  })
})
