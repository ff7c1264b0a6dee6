import type { DriverCapabilities } from '@execd/core'
import type { Case, Group } from './case.js'
import { groupOf } from './case.js'

/** A case that does not concern a driver, and why. */
export interface Skip {
  readonly id: string
  readonly title: string
  /** Each thing that is declared absent, with the driver's own reason. */
  readonly reason: string
}

/** What is to run for a driver. */
export interface Plan {
  readonly cases: readonly Case[]
  readonly skips: readonly Skip[]
}

/** Divides cases by what a driver declares. Pure. */
export function planCases(
  cases: readonly Case[],
  capabilities: DriverCapabilities,
  only?: readonly Group[],
): Plan {
  const wanted = cases.filter(({ id }) => only === undefined || only.includes(groupOf(id)))
  const skips = wanted.flatMap((one) => {
    const reasons = lacking(one, capabilities)
    return reasons.length === 0 ? [] : [{ id: one.id, title: one.title, reason: reasons.join('; ') }]
  })
  const skipped = new Set(skips.map(({ id }) => id))
  return { cases: wanted.filter(({ id }) => !skipped.has(id)), skips }
}

function lacking({ needs = {} }: Case, capabilities: DriverCapabilities): string[] {
  const fields = (needs.fields ?? []).map((key) => [key, capabilities.fields[key]] as const)
  const verbs = (needs.verbs ?? []).map((verb) => [`verb "${verb}"`, capabilities.verbs[verb]] as const)
  return [...fields, ...verbs].flatMap(([name, support]) => {
    if (support === true) return []
    return [`${name} is not declared${support === undefined ? '' : ` (${support.reason})`}`]
  })
}
