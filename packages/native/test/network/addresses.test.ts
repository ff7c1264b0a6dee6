import { describe, expect, test } from '@jest/globals'
import { addressBytes, isOwnMac, macBytes } from '../../dist/network/addresses.js'

const hex = (bytes: Uint8Array | null) => (bytes === null ? null : Buffer.from(bytes).toString('hex'))

describe('addresses', () => {
  test.each([
    ['10.0.200.255', '0a00c8ff'],
    ['::', '0'.repeat(32)],
    ['::1', `${'0'.repeat(31)}1`],
    ['fe80::', `fe80${'0'.repeat(28)}`],
    ['2001:db8::a:0:1', '20010db8000000000000000a00000001'],
    ['1:2:3:4:5:6:7:8', '00010002000300040005000600070008'],
    ['1::8', '00010000000000000000000000000008'],
    ['::ffff:10.1.2.3', '00000000000000000000ffff0a010203'],
    ['64:ff9b::192.0.2.33', '0064ff9b0000000000000000c0000221'],
    ['ABCD:EF01:2345:6789:abcd:ef01:2345:6789', 'abcdef0123456789abcdef0123456789'],
  ])('%s', (address, bytes) => {
    expect(hex(addressBytes(address))).toBe(bytes)
  })

  test.each(['', 'x', '10.0.0', '10.0.0.256', '1::2::3', 'fe80::1%eth0', '12345::'])(
    '%p is none',
    (address) => {
      expect(addressBytes(address)).toBeNull()
    },
  )

  test.each([
    ['02:00:00:00:00:01', true],
    ['fe:ff:ff:ff:ff:ff', true],
    ['01:00:5e:00:00:01', false],
    ['ff:ff:ff:ff:ff:ff', false],
    ['00:00:00:00:00:00', false],
  ])('hardware address %s can be that of an interface: %p', (address, own) => {
    expect(hex(macBytes(address))).toBe(address.replaceAll(':', ''))
    expect(isOwnMac(macBytes(address))).toBe(own)
  })
})
