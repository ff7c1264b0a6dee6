import type { Machine } from '../host/machine.js'
import type { Metric, NodeKind } from '../measures/measure.js'
import { ratio, type Summary, summarize } from '../stats.js'
import type { Deeds } from '../subjects/subject.js'

/** All samples of one metric of one subject in one kind of Node. */
export interface Series {
  readonly measure: string
  readonly metric: Metric
  readonly node: NodeKind
  readonly subject: string
  readonly samples: readonly number[]
}

/** A subject as it was found. */
export interface SubjectReport {
  readonly name: string
  /** Text of its version, or why it could not run here. */
  readonly version: string | null
  readonly reason: string | null
  readonly deeds: Deeds
}

/** What did not take part in, or dropped out of, a measure. */
export interface Absence {
  readonly measure: string
  readonly subject: string
  readonly reason: string
}

/** Everything that came of a run. */
export interface Results {
  readonly machine: Machine
  /** Memory in use (RSS) of each kind of Node before the measures, in MiB. */
  readonly nodes: Readonly<Partial<Record<NodeKind, number>>>
  readonly notes: readonly string[]
  readonly base: string
  readonly subjects: readonly SubjectReport[]
  readonly series: readonly Series[]
  readonly absences: readonly Absence[]
  readonly seconds: number
}

/** One row of statistics. */
export interface Row extends Omit<Series, 'samples'> {
  readonly summary: Summary
  /** Median against the base's median in the same kind of Node; null where there is none. */
  readonly ratio: number | null
}

/** Statistics of every series. */
export function rowsOf({ series, base }: Pick<Results, 'series' | 'base'>): Row[] {
  const summaries = series.map((one) => ({ one, summary: summarize(one.samples) }))
  return summaries.map(({ one: { samples: _, ...rest }, summary }) => {
    const reference = summaries.find(
      ({ one }) => one.subject === base && one.node === rest.node && keyOf(one) === keyOf(rest),
    )
    const comparable = rest.metric.compare ? reference?.summary.median : undefined
    return { ...rest, summary, ratio: ratio(summary.median, comparable) }
  })
}

/** Names a metric of a measure. */
export function keyOf({ measure, metric }: Pick<Series, 'measure' | 'metric'>): string {
  return `${measure}/${metric.key}`
}
