import type { Verdict } from '@execd/core'
import { takeEnd, untilEnded } from '../detached/ending.js'
import { findAll } from '../detached/find.js'
import type { Known } from '../detached/known.js'
import { print, printJson } from '../output/print.js'
import { exitStatus } from '../run/exit-status.js'
import { note } from '../run/note.js'
import type { Action, Given } from '../table/types.js'

/** For an end that nobody saw. */
const UNKNOWN = 125

type End = Verdict | Known['exit']

export const action: Action = async ({ given, operands }) => {
  const found = await findAll(given, [...new Set(operands)])
  const ends = await Promise.all(found.map((known) => endOf(given, known)))
  const known = ends.map((end, index) => ({ id: found[index]?.id, exitStatus: statusOf(end), verdict: end }))
  if (given.on('json')) await printJson(known)
  else await print(known.map(({ exitStatus: status }) => `${status}\n`).join(''))
  return 0
}

async function endOf(given: Given, known: Known): Promise<End> {
  return takeEnd(given, await untilEnded(given, known))
}

function statusOf(end: End): number {
  if (end === null) return UNKNOWN
  const { status, note: words } = exitStatus(verdictOf(end), null)
  if (words !== null) note(words)
  return status
}

/** Of an end that another has taken, no more is known than how the first process ended. */
function verdictOf(end: Exclude<End, null>) {
  return 'reason' in end
    ? end
    : ({ ...end, reason: end.signal === null ? 'exited' : 'signaled', oom: null } as const)
}
