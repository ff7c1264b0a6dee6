/** A test that did not run, and why. */
export interface Skipped {
  readonly title: string
  readonly reason: string
}

/** The counts of one run of one package's tests; the closing line of the workspace adds them up. */
export interface Results {
  readonly package: string
  readonly level: string
  readonly passed: number
  /** Failed tests, and test files that could not be run at all. */
  readonly failed: number
  readonly skipped: readonly Skipped[]
}

/** What this module reads of jest's aggregated result. */
export interface JestRun {
  readonly testResults: readonly {
    readonly testFilePath: string
    readonly testExecError?: unknown
    readonly testResults: readonly { readonly status: string; readonly fullName: string }[]
  }[]
}

/** Reason given where a title carries none: `test.skip`, `test.todo`, `test.only` beside it. */
export const NO_REASON = 'no reason given'

/** The counts of a run. A file in which nothing was even declared counts as a failed test. */
export function summarize(run: JestRun, names: { package: string; level: string }): Results {
  let passed = 0
  let failed = 0
  const skipped: Skipped[] = []
  for (const file of run.testResults) {
    if (file.testExecError != null || file.testResults.length === 0) failed += 1
    for (const { status, fullName } of file.testResults) {
      if (status === 'passed') passed += 1
      else if (status === 'failed') failed += 1
      else skipped.push(splitReason(fullName))
    }
  }
  return { ...names, passed, failed, skipped }
}

/** The title of a test that is skipped for a reason. `splitReason` takes it apart again. */
export function skippedTitle(title: string, reason: string): string {
  return `${title} [skipped: ${reason}]`
}

/** Takes the reason out of a skipped test's full name, in which a skipped group's title may carry it too. */
export function splitReason(fullName: string): Skipped {
  const mark = / ?\[skipped: ([^\]]*)\]/g
  const reasons = new Set(Array.from(fullName.matchAll(mark), (match) => match[1] ?? ''))
  if (reasons.size === 0) return { title: fullName, reason: NO_REASON }
  return { title: fullName.replace(mark, ''), reason: [...reasons].join('; ') }
}

/** Why a run is no success although no test failed, or undefined when it is one. */
export function verdict(results: Results, requireAll: boolean): string | undefined {
  const { passed, failed, skipped } = results
  if (passed + failed + skipped.length === 0) return 'no test was executed'
  if (requireAll && skipped.length > 0)
    return `EXECD_REQUIRE_ALL is set and ${skipped.length} tests were skipped`
  return undefined
}
