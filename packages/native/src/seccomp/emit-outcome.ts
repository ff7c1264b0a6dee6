import { type Assembler, JEQ, JGE, JGT, JSET, type Node } from './assembler.js'
import type { Decision, WordTest } from './conditions.js'
import type { Outcome } from './decide.js'

/** A place in the program, and the word that must be in the accumulator there; undefined where it does not matter. */
interface Place {
  readonly node: Node
  readonly holds: number | undefined
}

const ALL = 0xffff_ffff
const JUMP = { eq: JEQ, ge: JGE, gt: JGT }

/** Emits what a filter does with one call. The code does not rely on the accumulator. */
export function emitOutcome(assembler: Assembler, outcome: Outcome): Node {
  let next: Place = { node: assembler.ret(outcome.otherwise), holds: undefined }
  for (const rule of outcome.rules.toReversed()) {
    let place: Place = { node: assembler.ret(rule.ret), holds: undefined }
    for (const condition of rule.conditions.toReversed())
      place = emitDecision(assembler, condition, place, next)
    next = place
  }
  return enter(assembler, next, undefined)
}

function emitDecision(assembler: Assembler, decision: Decision, yes: Place, no: Place): Place {
  if (typeof decision === 'boolean') return decision ? yes : no
  const onNo = emitDecision(assembler, decision.no, yes, no)
  const onYes = emitDecision(assembler, decision.yes, yes, no)
  return emitTest(assembler, decision, onYes, onNo)
}

function emitTest(assembler: Assembler, test: WordTest, yes: Place, no: Place): Place {
  if (test.mask === ALL) return keeping(assembler, JUMP[test.op], test, yes, no)
  // "These bits are clear" has an instruction of its own, which leaves the accumulator as it is.
  if (test.op === 'eq' && test.value === 0)
    return keeping(assembler, JSET, { ...test, value: test.mask }, no, yes)
  const target = assembler.branch(
    JUMP[test.op],
    test.value,
    enter(assembler, yes, undefined),
    enter(assembler, no, undefined),
  )
  return { node: assembler.load(test.word, assembler.and(test.mask, target)), holds: undefined }
}

/** A jump that leaves the tested word in the accumulator for what follows. */
function keeping(assembler: Assembler, code: number, test: WordTest, yes: Place, no: Place): Place {
  const onNo = enter(assembler, no, test.word)
  const onYes = enter(assembler, yes, test.word)
  return { node: assembler.branch(code, test.value, onYes, onNo), holds: test.word }
}

function enter(assembler: Assembler, place: Place, held: number | undefined): Node {
  if (place.holds === undefined || place.holds === held) return place.node
  return assembler.load(place.holds, place.node)
}
