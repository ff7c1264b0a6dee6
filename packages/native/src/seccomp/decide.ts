import { argumentWidth, knownNumbers, syscallNumber, type Table, X32_BIT } from '@execd/linux/seccomp'
import { letsThrough, RET_ENOSYS, strictness } from './actions.js'
import { type Decision, decideArgument } from './conditions.js'
import { findHiding } from './multiplexers.js'
import type { CallRule, ResolvedProfile } from './resolve.js'

/** What a filter does with one call: the first rule whose conditions all hold, else `otherwise`. */
export interface Outcome {
  readonly rules: readonly { readonly conditions: readonly Decision[]; readonly ret: number }[]
  readonly otherwise: number
  /** Equal for equal outcomes. */
  readonly key: string
}

export interface TableDecision {
  readonly calls: ReadonlyMap<number, Outcome>
  /** For every number that is not in `calls`. */
  readonly unknown: Outcome
  readonly warnings: readonly string[]
}

// From here on a table's numbers are not in the order in which calls were added to Linux: x32's own range and
// ARM's private calls.
const SPECIAL_NUMBERS = 512

/**
 * What each number of a table gets.
 *
 * Calls the profile cannot know of answer ENOSYS, not the default errno: C libraries try new calls first and fall back
 * to older ones on ENOSYS only. A call counts as newer than the profile if its number is above the highest that the
 * profile names in that table (the rule of runc), or if the table has no such number. A default action that lets calls
 * through applies to these as well.
 */
export function decideTable(
  table: Table,
  profile: ResolvedProfile,
  allowMultiplexers: boolean,
): TableDecision {
  const warnings: string[] = []
  const unknown = fixed(letsThrough(profile.defaultRet) ? profile.defaultRet : RET_ENOSYS)
  const known = fixed(profile.defaultRet)
  const calls = new Map<number, Outcome>()
  const bit = table === 'x32' ? X32_BIT : 0
  const newest = newestNamed(table, profile.named)
  for (const number of knownNumbers(table)) {
    const isNewer = number > newest && number < SPECIAL_NUMBERS
    calls.set(number + bit, isNewer ? unknown : known)
  }
  for (const [number, [name, rules]] of rulesByNumber(table, profile.rules)) {
    calls.set(number + bit, decideCall(table, name, rules, profile.defaultRet, warnings))
  }
  if (table === 'i386' && !allowMultiplexers) {
    const silent: string[] = []
    const decide = (name: string) =>
      decideCall(table, name, profile.rules.get(name) ?? [], profile.defaultRet, silent)
    for (const { multiplexer, hidden } of findHiding(decide)) {
      calls.set(syscallNumber(table, multiplexer) ?? -1, fixed(RET_ENOSYS))
      warnings.push(
        `i386 ${multiplexer} answers ENOSYS: a filter cannot see through it, and ${hidden} is treated otherwise`,
      )
    }
  }
  return { calls, unknown, warnings }
}

function newestNamed(table: Table, names: ReadonlySet<string>): number {
  let newest = -1
  for (const name of names) {
    const number = syscallNumber(table, name) ?? -1
    if (number < SPECIAL_NUMBERS) newest = Math.max(newest, number)
  }
  return newest
}

/** Rules by number: a few calls have two names for one number. */
function rulesByNumber(
  table: Table,
  rules: ResolvedProfile['rules'],
): Map<number, [string, readonly CallRule[]]> {
  const byNumber = new Map<number, [string, readonly CallRule[]]>()
  for (const [name, list] of rules) {
    const number = syscallNumber(table, name)
    if (number !== undefined) byNumber.set(number, [name, [...(byNumber.get(number)?.[1] ?? []), ...list]])
  }
  return byNumber
}

function decideCall(
  table: Table,
  name: string,
  rules: readonly CallRule[],
  defaultRet: number,
  warnings: string[],
): Outcome {
  const strictFirst = [...rules].sort((a, b) => strictness(a.ret) - strictness(b.ret))
  const kept: { conditions: Decision[]; ret: number }[] = []
  for (const [position, rule] of strictFirst.entries()) {
    const conditions = rule.args.map((arg) => decideArgument(arg, argumentWidth(table, name, arg.index)))
    if (conditions.includes(false)) {
      warnings.push(
        `${rule.path} never matches ${name} (${table}): a value has more bits than the kernel reads`,
      )
      continue
    }
    const open = conditions.filter((condition) => condition !== true)
    if (open.length > 0) {
      kept.push({ conditions: open, ret: rule.ret })
      continue
    }
    for (const { path, ret } of strictFirst.slice(position + 1)) {
      if (ret !== rule.ret)
        warnings.push(
          `${path} has no effect on ${name}: ${rule.path} has no conditions and is at least as strict`,
        )
    }
    return outcome(kept, rule.ret)
  }
  return outcome(kept, defaultRet)
}

function outcome(rules: Outcome['rules'], otherwise: number): Outcome {
  // Rules at the end that do what happens anyway.
  const needed = rules.slice(0, rules.findLastIndex((rule) => rule.ret !== otherwise) + 1)
  return {
    rules: needed,
    otherwise,
    key: needed.length === 0 ? `${otherwise}` : JSON.stringify([needed, otherwise]),
  }
}

function fixed(ret: number): Outcome {
  return outcome([], ret)
}
