import { print } from '../output/print.js'
import { reportError } from '../output/report-error.js'
import type { Call } from '../table/types.js'
import { findAll } from './find.js'
import type { Known } from './known.js'

/** Does the same to each container that was named, at once, and prints their ids, or what `act` gives, in order. One that fails keeps nobody from the others: exit status 1. */
export async function forEach(
  command: string,
  { given, operands }: Call,
  act: (known: Known) => Promise<string | undefined>,
): Promise<number> {
  const found = await findAll(given, [...new Set(operands)])
  const results = await Promise.allSettled(found.map(act))
  let status = 0
  for (const [index, result] of results.entries()) {
    if (result.status === 'fulfilled') await print(`${result.value ?? found[index]?.id}\n`)
    else status = reportError(result.reason, { command, entry: null, given, debug: given.on('debug') })
  }
  return status
}
