import { byGroup, type CaseResult, countsOf, type Report } from './report.js'

/** A report as text: a line for each group, then every failure, exception and skip with its reason. Pure. */
export function tableReport({ driver, results }: Report): string {
  const rows = byGroup(results).map(([group, found]) => row(group, countsOf(found)))
  const failures = results.filter(({ status }) => status === 'failed')
  const exceptions = results.filter(({ status }) => status === 'excepted')
  const skips = results.filter(({ status }) => status === 'skipped')
  return [
    `driver ${driver}`,
    '',
    row('group', { passed: 'passed', failed: 'failed', excepted: 'excepted', skipped: 'skipped' }),
    ...rows,
    row('all', countsOf(results)),
    ...section('failed', failures),
    ...section('excepted, as the driver declares', exceptions),
    ...section('skipped, by what the driver declares', skips),
    '',
  ].join('\n')
}

function row(name: string, cells: Readonly<Record<CaseResult['status'], string | number>>): string {
  const { passed, failed, excepted, skipped } = cells
  const numbers = [passed, failed, excepted, skipped].map((cell) => String(cell).padStart(9))
  return name.padEnd(14) + numbers.join('')
}

function section(title: string, results: Report['results']): string[] {
  if (results.length === 0) return []
  return [
    '',
    `${title}:`,
    ...results.map(({ id, reason }) => `  ${id}: ${(reason ?? '').replaceAll('\n', '\n    ')}`),
  ]
}
