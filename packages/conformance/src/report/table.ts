import { byGroup, countsOf, type Report } from './report.js'

/** A report as text: a line for each group, then every failure and every skip with its reason. Pure. */
export function tableReport({ driver, results }: Report): string {
  const rows = byGroup(results).map(([group, found]) => row(group, countsOf(found)))
  const failures = results.filter(({ status }) => status === 'failed')
  const skips = results.filter(({ status }) => status === 'skipped')
  return [
    `driver ${driver}`,
    '',
    row('group', { passed: 'passed', failed: 'failed', skipped: 'skipped' }),
    ...rows,
    row('all', countsOf(results)),
    ...section('failed', failures),
    ...section('skipped, by what the driver declares', skips),
    '',
  ].join('\n')
}

function row(
  name: string,
  cells: Readonly<Record<'passed' | 'failed' | 'skipped', string | number>>,
): string {
  const { passed, failed, skipped } = cells
  return name.padEnd(14) + [passed, failed, skipped].map((cell) => String(cell).padStart(8)).join('')
}

function section(title: string, results: Report['results']): string[] {
  if (results.length === 0) return []
  return [
    '',
    `${title}:`,
    ...results.map(({ id, reason }) => `  ${id}: ${(reason ?? '').replaceAll('\n', '\n    ')}`),
  ]
}
