/**
 * Messages of rtnetlink (rtnetlink(7), include/uapi/linux/netlink.h): a header of 16 bytes, the structure of the message's kind, and
 * attributes that are padded to 4 bytes. In the byte order of the machine, which on x64 and arm64 Linux is little endian.
 */

/** What is known only when the plan runs: the number of an interface, or the process id of the child. Each may be in a message once. */
export type Blank = 'index' | 'child'

export interface Attribute {
  readonly type: number
  readonly value: Uint8Array | Blank | Nest
}

/** Attributes within an attribute; some kinds have a structure before them. */
export interface Nest {
  readonly structure?: Uint8Array
  readonly attributes: readonly Attribute[]
}

/** One whole message with the places of its blanks in bytes from its start; -1: it has none. */
export interface NetlinkMessage {
  readonly message: Uint8Array
  readonly indexAt: number
  readonly childAt: number
}

export interface MessageRequest {
  /** RTM_*. */
  readonly type: number
  /** NLM_F_* besides those for a request that is answered. */
  readonly flags?: number
  /** The structure of the kind, such as struct ifinfomsg. */
  readonly structure: Uint8Array
  /** Place in the structure where the number of the interface goes. */
  readonly indexInStructure?: number
  readonly attributes: readonly Attribute[]
}

const HEADER_SIZE = 16
const ATTRIBUTE_HEADER = 4
const NLM_F_REQUEST = 1
const NLM_F_ACK = 4
const NLA_F_NESTED = 0x8000
const padded = (size: number): number => (size + 3) & ~3

interface Places {
  index: number
  child: number
}

/** Writes a message. Pure. */
export function netlinkMessage(request: MessageRequest): NetlinkMessage {
  const { type, flags = 0, structure, indexInStructure, attributes } = request
  const places: Places = {
    index: indexInStructure === undefined ? -1 : HEADER_SIZE + indexInStructure,
    child: -1,
  }
  const body = nest({ structure, attributes }, HEADER_SIZE, places)
  const header = Buffer.alloc(HEADER_SIZE)
  header.writeUInt32LE(HEADER_SIZE + body.length, 0)
  header.writeUInt16LE(type, 4)
  header.writeUInt16LE(flags | NLM_F_REQUEST | NLM_F_ACK, 6)
  header.writeUInt32LE(1, 8)
  return { message: Buffer.concat([header, body]), indexAt: places.index, childAt: places.child }
}

/** `at`: where the bytes will be in the message. */
function nest({ structure = Buffer.alloc(0), attributes }: Nest, at: number, places: Places): Buffer {
  const parts: Buffer[] = [pad(structure)]
  let next = at + padded(structure.length)
  for (const one of attributes) {
    const part = attribute(one, next, places)
    parts.push(part)
    next += part.length
  }
  return Buffer.concat(parts)
}

function attribute({ type, value }: Attribute, at: number, places: Places): Buffer {
  const header = Buffer.alloc(ATTRIBUTE_HEADER)
  const nested = !(value instanceof Uint8Array) && typeof value !== 'string'
  const content = valueBytes(value, at + ATTRIBUTE_HEADER, places)
  header.writeUInt16LE(ATTRIBUTE_HEADER + content.length, 0)
  header.writeUInt16LE(nested ? type | NLA_F_NESTED : type, 2)
  return Buffer.concat([header, pad(content)])
}

function valueBytes(value: Attribute['value'], at: number, places: Places): Uint8Array {
  if (value instanceof Uint8Array) return value
  if (typeof value !== 'string') return nest(value, at, places)
  places[value] = at
  return Buffer.alloc(4)
}

function pad(bytes: Uint8Array): Buffer {
  const out = Buffer.alloc(padded(bytes.length))
  out.set(bytes)
  return out
}

/** Values of attributes. */
export const u8 = (value: number): Uint8Array => Buffer.of(value)
export const u32 = (value: number): Uint8Array => {
  const out = Buffer.alloc(4)
  out.writeUInt32LE(value)
  return out
}
/** Text with the NUL that the kernel wants behind names. */
export const text = (value: string): Uint8Array => Buffer.from(`${value}\0`)
