import type { SeccompArg, SeccompOperator } from './profile.js'
import { parseValue } from './value.js'

/** Names of the comparisons that a profile may use. */
export const OPERATORS: readonly string[] = ['EQ', 'GE', 'GT', 'LE', 'LT', 'MASKED_EQ', 'NE'].map(
  (name) => `SCMP_CMP_${name}`,
)

export function isOperator(name: string): name is SeccompOperator {
  return OPERATORS.includes(name)
}

const LARGEST_FAMILY = 63

/**
 * The families of socket(2) that a rule with one condition, on the family, is about; null for other conditions. For filters of libseccomp, which compares 64
 * bits: there "not 40" lets 2^32 + 40 through, of which the kernel reads 40. Each family is to be compared in the lower 32 bits instead.
 */
export function socketFamilies(args: readonly SeccompArg[]): number[] | null {
  const [family] = args
  if (args.length !== 1 || family?.index !== 0) return null
  return Array.from({ length: LARGEST_FAMILY + 1 }, (_, value) => value).filter((value) =>
    meets(value, family),
  )
}

function meets(number: number, { op, value: wanted, valueTwo }: SeccompArg): boolean {
  const [value, other, masked] = [BigInt(number), parseValue(wanted) ?? 0n, parseValue(valueTwo) ?? 0n]
  switch (op) {
    case 'SCMP_CMP_NE':
      return value !== other
    case 'SCMP_CMP_LT':
      return value < other
    case 'SCMP_CMP_LE':
      return value <= other
    case 'SCMP_CMP_GE':
      return value >= other
    case 'SCMP_CMP_GT':
      return value > other
    case 'SCMP_CMP_MASKED_EQ':
      return (value & other) === masked
    default:
      return value === other
  }
}
