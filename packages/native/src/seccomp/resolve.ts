import {
  listedArchitectures,
  MACHINES,
  namesOf,
  ruleApplies,
  type SeccompArg,
  type SeccompProfile,
  type Table,
} from '@execd/linux/seccomp'
import { returnValue } from './actions.js'
import type { CheckedContext } from './context.js'

/** A rule that takes part, for one call. */
export interface CallRule {
  /** Its place in the profile, for messages. */
  readonly path: string
  readonly ret: number
  readonly args: readonly SeccompArg[]
}

export interface ResolvedProfile {
  /** The machine's own table and those others that get a filter. */
  readonly tables: ReadonlySet<Table>
  readonly defaultRet: number
  readonly rules: ReadonlyMap<string, readonly CallRule[]>
  /** Every call the profile names, also in rules that do not take part here: what its author knew of. */
  readonly named: ReadonlySet<string>
}

/** Reduces a validated profile to what counts for one machine, kernel and set of capabilities. */
export function resolveProfile(profile: SeccompProfile, context: CheckedContext): ResolvedProfile {
  const rules = new Map<string, CallRule[]>()
  const named = new Set<string>()
  for (const [index, rule] of (profile.syscalls ?? []).entries()) {
    const takesPart = ruleApplies(rule, context)
    const resolved = {
      path: `syscalls[${index}]`,
      ret: returnValue(rule.action, rule.errnoRet),
      args: rule.args ?? [],
    }
    for (const name of namesOf(rule)) {
      named.add(name)
      if (!takesPart) continue
      const list = rules.get(name)
      if (list) list.push(resolved)
      else rules.set(name, [resolved])
    }
  }
  return {
    tables: tablesOf(profile, context),
    defaultRet: returnValue(profile.defaultAction, profile.defaultErrnoRet),
    rules,
    named,
  }
}

function tablesOf(profile: SeccompProfile, context: CheckedContext): ReadonlySet<Table> {
  const machine = MACHINES[context.arch]
  const tables = new Set<Table>([machine.native])
  for (const name of listedArchitectures(profile, context.arch)) {
    const table = machine.foreign[name]
    if (table && (table === 'x32' ? context.x32 : context.foreign) === 'filter') tables.add(table)
  }
  return tables
}
