import { isIPv4, isIPv6 } from 'node:net'

/** The bytes of an address in network order: 4 or 16. Null when it is none, or has a zone ("fe80::1%eth0"), which here says nothing. */
export function addressBytes(address: string): Uint8Array | null {
  if (isIPv4(address)) return Buffer.from(address.split('.').map(Number))
  if (!isIPv6(address) || address.includes('%')) return null
  const [head = '', tail] = withoutIpv4(address).split('::')
  const before = groups(head)
  const after = tail === undefined ? [] : groups(tail)
  const out = Buffer.alloc(16)
  const skipped = tail === undefined ? 0 : 8 - before.length - after.length
  const all = [...before, ...new Array<number>(skipped).fill(0), ...after]
  for (const [index, group] of all.entries()) out.writeUInt16BE(group, 2 * index)
  return out
}

const groups = (part: string): number[] =>
  part === '' ? [] : part.split(':').map((group) => Number.parseInt(group, 16))

/** "::ffff:10.0.0.1" with its last four bytes as two groups. */
function withoutIpv4(address: string): string {
  const [last] = /\d+\.\d+\.\d+\.\d+$/.exec(address) ?? []
  if (last === undefined) return address
  const [a = 0, b = 0, c = 0, d = 0] = last.split('.').map(Number)
  return `${address.slice(0, -last.length)}${(a * 256 + b).toString(16)}:${(c * 256 + d).toString(16)}`
}

/** The six bytes of a hardware address as the schema allows it. */
export function macBytes(address: string): Uint8Array {
  return Buffer.from(address.replaceAll(':', ''), 'hex')
}

/** Whether an interface can have the address: not a group's (IEEE 802, lowest bit of the first byte), not all zeros. */
export function isOwnMac(address: Uint8Array): boolean {
  return ((address[0] ?? 1) & 1) === 0 && address.some((byte) => byte !== 0)
}
