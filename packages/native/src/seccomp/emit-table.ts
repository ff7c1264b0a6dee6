import { type Assembler, JEQ, JGE, type Node } from './assembler.js'
import type { Outcome } from './decide.js'
import { emitOutcome } from './emit-outcome.js'

/** Neighbouring numbers with the same outcome. A range ends where the next begins. */
interface Range {
  readonly start: number
  readonly outcome: Outcome
}

/** Emits a search tree over the numbers of a table. The code expects the call's number in the accumulator. */
export function emitTable(assembler: Assembler, calls: ReadonlyMap<number, Outcome>, unknown: Outcome): Node {
  return emitSearch(assembler, rangesOf(calls, unknown))
}

function rangesOf(calls: ReadonlyMap<number, Outcome>, unknown: Outcome): Range[] {
  const ranges: Range[] = []
  let next = 0
  const add = (start: number, outcome: Outcome) => {
    if (ranges.at(-1)?.outcome.key !== outcome.key) ranges.push({ start, outcome })
  }
  for (const [number, outcome] of [...calls].sort(([a], [b]) => a - b)) {
    if (number > next) add(next, unknown)
    add(number, outcome)
    next = number + 1
  }
  add(next, unknown)
  return ranges
}

function emitSearch(assembler: Assembler, ranges: readonly Range[]): Node {
  const [first, second, third] = ranges
  if (!first) throw new RangeError('a table has at least one range')
  if (!second) return emitOutcome(assembler, first.outcome)
  // One number in the middle of others: one comparison instead of two.
  const isHole = third && ranges.length === 3 && third.start === second.start + 1
  if (isHole && third.outcome.key === first.outcome.key) {
    const outside = emitOutcome(assembler, first.outcome)
    return assembler.branch(JEQ, second.start, emitOutcome(assembler, second.outcome), outside)
  }
  const middle = ranges.length >> 1
  const above = emitSearch(assembler, ranges.slice(middle))
  const below = emitSearch(assembler, ranges.slice(0, middle))
  return assembler.branch(JGE, ranges[middle]?.start ?? 0, above, below)
}
