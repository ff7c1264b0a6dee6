import { createHash } from 'node:crypto'
import type { Command } from '@execd/core/driver'

type Interface = Command['network']['interfaces'][number]

/** One pair of virtual Ethernet devices that is to be made: all that its steps are made from. */
export interface Link {
  /** Place in `network.interfaces`, for messages. */
  readonly index: number
  readonly wanted: Interface
  /** Name of the end on the host. */
  readonly outerName: string
  /** Hardware address of the end on the host. */
  readonly outerMac: Uint8Array
  /** What the end on the host is tagged with, so that what a dead owner left can be found. */
  readonly alias: string
  /** Of both ends, in bytes. */
  readonly mtu: number
}

/** Interface names have at most 15 characters (IFNAMSIZ). */
const PREFIX = 'execd'
const HASH_LENGTH = 10

/** Pure. */
export function aliasOf(id: string, tag: string | null): string {
  return tag === null ? `${PREFIX}:${id}` : `${PREFIX}:${id}:${tag}`
}

/** The tag in an alias; null when it is none of these, or has none. Pure. */
export function tagInAlias(alias: string): string | null {
  return /^execd:[^:]*:(.*)$/.exec(alias)?.[1] ?? null
}

/**
 * The link for an interface. Pure. `nonce` is new for each start, so that no two containers of the host, whatever their ids, get the same
 * name, and what one removes was its own. `tag`: whose the container is, null when nobody may know. `bridgeMtu`: for an interface that names no MTU.
 *
 * A bridge without an address of its own takes the lowest of its ports', and with it changes its own: the outer ends have high ones.
 */
export function linkOf(
  { id, nonce, tag = null }: { readonly id: string; readonly nonce: string; readonly tag?: string | null },
  index: number,
  wanted: Interface,
  bridgeMtu: number,
): Link {
  const hash = createHash('sha256').update(`${nonce}/${id}/${index}`).digest()
  return {
    index,
    wanted,
    outerName: `${PREFIX}${hash.toString('hex').slice(0, HASH_LENGTH)}`,
    outerMac: Buffer.of(0xfe, ...hash.subarray(-5)),
    alias: aliasOf(id, tag),
    mtu: wanted.mtu ?? bridgeMtu,
  }
}
