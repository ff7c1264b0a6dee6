import { type DriverCapabilities, ExecdError } from '@execd/core'
import { type Case, type Chosen, GROUPS, groupOf } from './case.js'

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

/**
 * Divides cases by what a driver declares. Pure.
 *
 * @throws ExecdError EXECD_INVALID_OPTION, where `only` names what is no group and no case
 */
export function planCases(
  cases: readonly Case[],
  capabilities: DriverCapabilities,
  only?: readonly Chosen[],
): Plan {
  const wanted = only === undefined ? cases : chosen(cases, only)
  const skips = wanted.flatMap((one) => {
    const reasons = lacking(one, capabilities)
    return reasons.length === 0 ? [] : [{ id: one.id, title: one.title, reason: reasons.join('; ') }]
  })
  const skipped = new Set(skips.map(({ id }) => id))
  return { cases: wanted.filter(({ id }) => !skipped.has(id)), skips }
}

function chosen(cases: readonly Case[], only: readonly Chosen[]): Case[] {
  const names = new Set<string>([...GROUPS, ...cases.map(({ id }) => id)])
  const unknown = only.find((name) => !names.has(name))
  if (unknown !== undefined)
    throw new ExecdError('EXECD_INVALID_OPTION', `only: there is no group and no case "${unknown}"`, {
      hint: `wanted one of the groups ${GROUPS.join(', ')}, or the id of a case as reports show it; of "refusals" there is a case only for what the driver does not declare`,
      details: { path: 'only', got: unknown },
    })
  return cases.filter(({ id }) => only.includes(groupOf(id)) || only.includes(id))
}

function lacking({ needs = {} }: Case, capabilities: DriverCapabilities): string[] {
  const fields = (needs.fields ?? []).map((key) => [key, capabilities.fields[key]] as const)
  const verbs = (needs.verbs ?? []).map((verb) => [`verb "${verb}"`, capabilities.verbs[verb]] as const)
  return [...fields, ...verbs].flatMap(([name, support]) => {
    if (support === true) return []
    return [`${name} is not declared${support === undefined ? '' : ` (${support.reason})`}`]
  })
}
