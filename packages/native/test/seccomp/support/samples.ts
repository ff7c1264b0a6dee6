import type { SeccompArg } from '../../../dist/seccomp/index.js'

const MAX = 0xffff_ffff_ffff_ffffn
const HIGH = [1n << 16n, 1n << 32n, 1n << 63n]

/** Values on both sides of everything a condition looks at. */
function around(arg: SeccompArg): bigint[] {
  const value = BigInt(arg.value)
  const masked = BigInt(arg.valueTwo ?? 0)
  const bits = [...Array(64).keys()].map((bit) => 1n << BigInt(bit)).filter((bit) => (value & bit) !== 0n)
  const near =
    arg.op === 'SCMP_CMP_MASKED_EQ'
      ? [masked, value, ~value, ...bits.map((bit) => masked ^ bit)]
      : [value - 1n, value, value + 1n]
  return [...near, ...near.flatMap((number) => HIGH.map((bit) => number | bit))].map((number) => number & MAX)
}

/** Argument lists for a call with these conditions: each condition's values, in combination where there are several. */
export function argumentSamples(conditions: readonly SeccompArg[]): bigint[][] {
  let lists: bigint[][] = [Array<bigint>(6).fill(0n), Array<bigint>(6).fill(MAX)]
  for (const index of new Set(conditions.map((condition) => condition.index))) {
    const values = new Set(conditions.filter((condition) => condition.index === index).flatMap(around))
    lists = [...lists, ...lists.flatMap((list) => [...values].map((value) => list.with(index, value)))]
    if (lists.length > 4000) lists = lists.filter((_, position) => position % 7 === 0)
  }
  return lists
}
