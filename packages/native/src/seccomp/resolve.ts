import { returnValue } from './actions.js'
import { MACHINES, type Table } from './arches.js'
import type { CheckedContext } from './context.js'
import { isAtLeast, parseKernel } from './kernel-version.js'
import type { SeccompArg, SeccompProfile, SeccompRule, SeccompRuleFilter } from './profile.js'

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
    const takesPart = applies(rule, context)
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

function namesOf(rule: SeccompRule): readonly string[] {
  return rule.names ?? (rule.name === undefined ? [] : [rule.name])
}

function tablesOf(profile: SeccompProfile, context: CheckedContext): ReadonlySet<Table> {
  const machine = MACHINES[context.arch]
  const mapped = profile.archMap?.find((entry) => entry.architecture === machine.scmp)
  const listed = profile.architectures ?? mapped?.subArchitectures ?? []
  const tables = new Set<Table>([machine.native])
  for (const name of listed) {
    const table = machine.foreign[name]
    if (table && (table === 'x32' ? context.x32 : context.foreign) === 'filter') tables.add(table)
  }
  return tables
}

function applies(rule: SeccompRule, context: CheckedContext): boolean {
  const { includes = {}, excludes = {} } = rule
  return (
    (includes.caps ?? []).every((name) => context.capabilities.has(name)) &&
    !(excludes.caps ?? []).some((name) => context.capabilities.has(name)) &&
    (!includes.arches?.length || includes.arches.includes(MACHINES[context.arch].goarch)) &&
    !excludes.arches?.includes(MACHINES[context.arch].goarch) &&
    kernelIn(includes, context) !== false &&
    kernelIn(excludes, context) !== true
  )
}

function kernelIn(filter: SeccompRuleFilter, context: CheckedContext): boolean | undefined {
  const least = filter.minKernel === undefined ? undefined : parseKernel(filter.minKernel)
  return least && isAtLeast(context.kernel, least)
}
