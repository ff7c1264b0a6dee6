import { aims } from './aims.js'
import { type Results, rowsOf } from './results.js'

/** The results as a JSON text: machine, subjects, statistics, aims, and the samples in the order they were taken. */
export function json(results: Results): string {
  const rows = rowsOf(results)
  const round = (value: number): number => Math.round(value * 1e6) / 1e6
  const { series, ...rest } = results
  const measures = rows.map((row, index) => ({
    ...row,
    samples: (series[index]?.samples ?? []).map(round),
  }))
  return `${JSON.stringify({ format: 1, ...rest, measures, aims: aims(rows) }, null, 1)}\n`
}
