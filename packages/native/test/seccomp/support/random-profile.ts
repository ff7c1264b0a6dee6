import type { SeccompArg, SeccompProfile, SeccompRule } from '../../../dist/seccomp/index.js'

/** A small reproducible generator (mulberry32): the same seed gives the same profiles on every machine. */
export function generator(seed: number): (below: number) => number {
  let state = seed
  return (below) => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return Math.floor((((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32) * below)
  }
}

export interface RandomOptions {
  readonly calls: readonly string[]
  readonly actions: readonly SeccompRule['action'][]
  readonly rules: number
  /** Whether one rule may look at the same argument twice: libseccomp cannot. */
  readonly repeats: boolean
}

const OPERATORS = ['EQ', 'GE', 'GT', 'LE', 'LT', 'MASKED_EQ', 'NE'] as const
const BASES = [0n, 1n, 38n, 40n, 0xffffn, 0x7e020000n, 0xffffffffn, 0x100000000n, 0x1234567800000005n]

export function randomProfile(random: (below: number) => number, options: RandomOptions): SeccompProfile {
  const pick = <T>(list: readonly T[]): T => list[random(list.length)] as T
  const conditionOn = (index: number): SeccompArg => {
    const op = `SCMP_CMP_${pick(OPERATORS)}` as const
    const value = pick(BASES)
    const base = { index, op, value }
    return op === 'SCMP_CMP_MASKED_EQ' ? { ...base, valueTwo: value & pick([0n, 0xffffn, ~0n]) } : base
  }
  const rule = (): SeccompRule => {
    const action = pick(options.actions)
    const indices = [0, 1, 2]
      .filter(() => random(2) === 0)
      .flatMap((index) => (random(3) === 0 ? [index, index] : [index]))
    const args = (options.repeats ? indices : [...new Set(indices)]).map(conditionOn)
    const errnoRet = action === 'SCMP_ACT_ERRNO' ? { errnoRet: 1 + random(3) } : {}
    return { names: [pick(options.calls), pick(options.calls)], action, args, ...errnoRet }
  }
  return {
    defaultAction: pick(['SCMP_ACT_ALLOW', 'SCMP_ACT_ERRNO', 'SCMP_ACT_KILL_PROCESS']),
    syscalls: [...Array(options.rules)].map(rule),
  }
}
