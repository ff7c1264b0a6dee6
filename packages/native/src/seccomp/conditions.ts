import { type SeccompArg, toU64, type Width } from '@execd/linux/seccomp'

/**
 * A comparison of one 32-bit word of an argument, the unit of classic BPF. `mask` is applied first; all ones where there
 * is none. `no` and `yes` may be further comparisons, so that 64-bit order becomes a small tree.
 */
export interface WordTest {
  readonly op: 'eq' | 'ge' | 'gt'
  /** Offset in struct seccomp_data. */
  readonly word: number
  readonly mask: number
  readonly value: number
  readonly yes: Decision
  readonly no: Decision
}

export type Decision = WordTest | boolean

const ALL = 0xffff_ffff
const MAX_U64 = 0xffff_ffff_ffff_ffffn

/**
 * One condition of a profile on an argument of which the kernel reads `width` bits. Bits that the kernel does not read are
 * not compared; a value that needs them can never be equal, and is above every value the argument can have. For EQ and NE
 * a negative int that somebody widened to 64 bits is taken back to 32.
 */
export function decideArgument(arg: SeccompArg, width: Width): Decision {
  const value = toU64(arg.value)
  switch (arg.op) {
    case 'SCMP_CMP_EQ':
      return equal(arg.index, width, narrowNegative(value, width), MAX_U64)
    case 'SCMP_CMP_NE':
      return not(equal(arg.index, width, narrowNegative(value, width), MAX_U64))
    case 'SCMP_CMP_MASKED_EQ':
      return equal(arg.index, width, toU64(arg.valueTwo ?? 0), value)
    case 'SCMP_CMP_GT':
      return above(arg.index, width, value, 'gt')
    case 'SCMP_CMP_GE':
      return above(arg.index, width, value, 'ge')
    case 'SCMP_CMP_LE':
      return not(above(arg.index, width, value, 'gt'))
    case 'SCMP_CMP_LT':
      return not(above(arg.index, width, value, 'ge'))
  }
}

// struct seccomp_data, little endian: args[i] begins at 16 + 8 * i, its low word first.
const lowWord = (index: number) => 16 + 8 * index
const highWord = (index: number) => lowWord(index) + 4
const lowHalf = (value: bigint) => Number(value & 0xffff_ffffn)
const highHalf = (value: bigint) => Number(value >> 32n)

/** -100 as 0xffffffffffffff9c, for an argument that can only be 0xffffff9c. */
function narrowNegative(value: bigint, width: Width): bigint {
  return width === 32 && value >= 0xffff_ffff_8000_0000n ? value & 0xffff_ffffn : value
}

function equal(index: number, width: Width, value: bigint, mask: bigint): Decision {
  if (width === 64) {
    const low = equalWord(lowWord(index), lowHalf(value), lowHalf(mask), true)
    return equalWord(highWord(index), highHalf(value), highHalf(mask), low)
  }
  const read = (1n << BigInt(width)) - 1n
  if ((value & mask & ~read) !== 0n) return false
  return equalWord(lowWord(index), lowHalf(value & read), lowHalf(mask & read), true)
}

function equalWord(word: number, value: number, mask: number, yes: Decision): Decision {
  return mask === 0 ? yes : { op: 'eq', word, mask, value, yes, no: false }
}

function above(index: number, width: Width, value: bigint, op: 'ge' | 'gt'): Decision {
  if (width === 64) {
    const low: WordTest = { op, word: lowWord(index), mask: ALL, value: lowHalf(value), yes: true, no: false }
    const high = { word: highWord(index), mask: ALL, value: highHalf(value) }
    return { ...high, op: 'gt', yes: true, no: { ...high, op: 'eq', yes: low, no: false } }
  }
  const read = (1n << BigInt(width)) - 1n
  if (value > read) return false
  return { op, word: lowWord(index), mask: Number(read), value: Number(value), yes: true, no: false }
}

function not(decision: Decision): Decision {
  if (typeof decision === 'boolean') return !decision
  return { ...decision, yes: not(decision.yes), no: not(decision.no) }
}
