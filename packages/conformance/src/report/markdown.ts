import { byGroup, type CaseResult, countsOf, type Report } from './report.js'

/** A report as a Markdown table with one badge for each group, for the README of a driver. Pure. */
export function markdownReport({ driver, results }: Report): string {
  const rows = byGroup(results).map(([group, found]) => {
    const { passed, failed, skipped } = countsOf(found)
    return `| ${group} | ${badge(found)} | ${passed} | ${failed} | ${skipped} |`
  })
  const { passed, failed, skipped } = countsOf(results)
  return [
    `# Conformance of driver ${driver}`,
    '',
    '| Group | | Passed | Failed | Not declared |',
    '| --- | --- | ---: | ---: | ---: |',
    ...rows,
    `| **all** | ${badge(results)} | ${passed} | ${failed} | ${skipped} |`,
    '',
  ].join('\n')
}

/** One word for results: "pass", "fail", or "not declared" when nothing of it concerns the driver. Pure. */
export function badge(results: readonly CaseResult[]): string {
  const { passed, failed } = countsOf(results)
  if (failed > 0) return '❌ fail'
  return passed > 0 ? '✅ pass' : '➖ not declared'
}
