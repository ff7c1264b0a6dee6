import type { SeccompValue } from './profile.js'

const MAX_U64 = 0xffff_ffff_ffff_ffffn

/** The number a profile means, or undefined when it is none of 64 bits or JSON has already lost digits of it. */
export function parseValue(value: unknown): bigint | undefined {
  if (typeof value === 'number') return Number.isSafeInteger(value) && value >= 0 ? BigInt(value) : undefined
  const number = typeof value === 'string' && /^(0x[0-9a-f]+|[0-9]+)$/i.test(value) ? BigInt(value) : value
  return typeof number === 'bigint' && number >= 0n && number <= MAX_U64 ? number : undefined
}

/** The same for a profile that has been validated. */
export function toU64(value: SeccompValue): bigint {
  const number = parseValue(value)
  if (number === undefined) throw new RangeError(`not an unsigned 64-bit number: ${value}`)
  return number
}
