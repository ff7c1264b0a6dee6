import { GROUPS, type Group, groupOf } from '../case.js'

/** What became of one case. */
export interface CaseResult {
  readonly id: string
  readonly title: string
  /** "skipped": it does not concern the driver, by what that declares. "excepted": not kept, as the driver declares. */
  readonly status: 'passed' | 'failed' | 'excepted' | 'skipped'
  readonly milliseconds: number
  /** Why it failed, was skipped or is excepted; null when it passed. */
  readonly reason: string | null
}

/** What became of all cases. Plain data. */
export interface Report {
  /** Name of the driver. */
  readonly driver: string
  readonly results: readonly CaseResult[]
}

/** How many cases of a report, or of a group of it, ended in which way. */
export interface Counts {
  readonly passed: number
  readonly failed: number
  readonly excepted: number
  readonly skipped: number
}

/** Counts of results. Pure. */
export function countsOf(results: readonly CaseResult[]): Counts {
  const of = (wanted: CaseResult['status']): number =>
    results.filter(({ status }) => status === wanted).length
  return {
    passed: of('passed'),
    failed: of('failed'),
    excepted: of('excepted'),
    skipped: of('skipped'),
  }
}

/** The results of each group that has any, in the order of the groups. Pure. */
export function byGroup(results: readonly CaseResult[]): Array<readonly [Group, readonly CaseResult[]]> {
  return GROUPS.map((group) => [group, results.filter(({ id }) => groupOf(id) === group)] as const).filter(
    ([, found]) => found.length > 0,
  )
}
