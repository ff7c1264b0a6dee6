import { byGroup, type CaseResult, countsOf, type Report } from './report.js'

/** A report as a Markdown table with one badge for each group, for the README of a driver. Pure. */
export function markdownReport({ driver, results }: Report): string {
  const rows = byGroup(results).map(([group, found]) => {
    return `| ${group} | ${badge(found)} | ${cells(found)} |`
  })
  const exceptions = results.filter(({ status }) => status === 'excepted')
  return [
    `# Conformance of driver ${driver}`,
    '',
    '| Group | | Passed | Failed | Excepted | Not declared |',
    '| --- | --- | ---: | ---: | ---: | ---: |',
    ...rows,
    `| **all** | ${badge(results)} | ${cells(results)} |`,
    ...(exceptions.length === 0 ? [] : ['', 'Exceptions that the driver declares:', '']),
    ...exceptions.map(({ id, reason }) => `- \`${id}\`: ${reason}`),
    '',
  ].join('\n')
}

function cells(results: readonly CaseResult[]): string {
  const { passed, failed, excepted, skipped } = countsOf(results)
  return [passed, failed, excepted, skipped].join(' | ')
}

/** One word for results: "pass", "fail", "exceptions" when it passes but for what the driver declares, or "not declared" when nothing of it concerns the driver. Pure. */
export function badge(results: readonly CaseResult[]): string {
  const { passed, failed, excepted } = countsOf(results)
  if (failed > 0) return '❌ fail'
  if (excepted > 0) return '☑️ exceptions'
  return passed > 0 ? '✅ pass' : '➖ not declared'
}
