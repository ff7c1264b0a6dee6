import type { DriverCapabilities } from '@execd/core'
import type { Exception } from '@execd/core/driver'
import type { Case } from './case.js'
import { wordsOf } from './expect.js'
import { planCases } from './plan.js'

/** The exception that a driver declares from a rule; null for a rule that allows none. Pure. */
export function exceptionOf({ id, should }: Case, { exceptions = {} }: DriverCapabilities): Exception | null {
  return should === true && Object.hasOwn(exceptions, id) ? (exceptions[id] ?? null) : null
}

/**
 * Runs a case from which an exception is declared: it must fail as the exception says.
 *
 * @throws Error when it passes, so that the exception is to be removed, or when it fails otherwise.
 */
export async function failsAsDeclared({ shows }: Exception, work: () => Promise<void>): Promise<void> {
  try {
    await work()
  } catch (error) {
    if (wordsOf(error).includes(shows)) return
    throw error
  }
  throw new Error('the rule is kept: the exception that the driver declares from it must go')
}

/** What is wrong with the exceptions that a driver declares, in words. Pure. */
export function wrongExceptions(cases: readonly Case[], capabilities: DriverCapabilities): string[] {
  const skipped = new Map(planCases(cases, capabilities).skips.map(({ id, reason }) => [id, reason]))
  return Object.entries(capabilities.exceptions ?? {}).flatMap(([id, exception]) => {
    const rule = cases.find((one) => one.id === id)
    if (rule === undefined) return [`${id}: there is no such rule`]
    if (rule.should !== true) return [`${id}: the rule is a MUST, it allows no exception`]
    if (skipped.has(id)) return [`${id}: the rule does not concern the driver: ${skipped.get(id)}`]
    const { reason, shows } = exception
    const texts = [reason, shows].every((text) => typeof text === 'string' && text.trim().length > 2)
    return texts ? [] : [`${id}: wanted a reason, and words that the failure shows`]
  })
}
