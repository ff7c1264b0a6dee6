import { countsOf, type Report } from './report.js'

/** A report as JSON text, with the counts. Pure. */
export function jsonReport(report: Report): string {
  return `${JSON.stringify({ ...report, counts: countsOf(report.results) }, null, 2)}\n`
}
