import type { Measure, NodeKind } from './measures/measure.js'
import type { Absence, Series, SubjectReport } from './report/results.js'
import type { Subject } from './subjects/subject.js'
import type { Opened } from './worker/messages.js'

/** What a run has found so far. */
export class Tally {
  readonly nodes: Partial<Record<NodeKind, number>> = {}
  readonly #subjects: readonly Subject[]
  readonly #opened = new Map<string, Opened>()
  readonly #absences = new Map<string, Absence>()
  readonly #series = new Map<string, Series & { readonly samples: number[] }>()

  constructor(subjects: readonly Subject[]) {
    this.#subjects = subjects
  }

  /** Notes what came of opening a subject; the first failure stays. */
  subject(name: string, outcome: Opened): void {
    if (this.works(name)) this.#opened.set(name, outcome)
  }

  /** True when nothing is known against the subject. */
  works(name: string): boolean {
    const outcome = this.#opened.get(name)
    return outcome === undefined || 'version' in outcome
  }

  /** Whether a subject takes part in a measure; notes the reason when not. */
  partakes(measure: Measure, name: string): boolean {
    const subject = this.#subjects.find((one) => one.name === name)
    const reason = subject === undefined ? 'unknown' : measure.excludes(subject)
    if (reason !== null) this.drop(measure, name, reason)
    return !this.#absences.has(`${measure.name} ${name}`)
  }

  /** Takes a subject out of a measure; the first reason stays. Samples taken before stay too. */
  drop(measure: Measure, subject: string, reason: string): void {
    const key = `${measure.name} ${subject}`
    if (!this.#absences.has(key)) this.#absences.set(key, { measure: measure.name, subject, reason })
  }

  /** Adds one sample of every metric of a measure. */
  add(measure: Measure, node: NodeKind, subject: string, values: readonly number[]): void {
    for (const [index, metric] of measure.metrics.entries()) {
      const key = [measure.name, metric.key, node, subject].join(' ')
      const series = this.#series.get(key) ?? { measure: measure.name, metric, node, subject, samples: [] }
      series.samples.push(values[index] ?? Number.NaN)
      this.#series.set(key, series)
    }
  }

  /** The subjects that were opened, in the order of reports. */
  subjects(): SubjectReport[] {
    return this.#subjects.flatMap(({ name, deeds }) => {
      const outcome = this.#opened.get(name)
      if (outcome === undefined) return []
      const found = 'version' in outcome ? { ...outcome, reason: null } : { ...outcome, version: null }
      return [{ name, deeds, ...found }]
    })
  }

  /** All series, by measure, metric and subject in the order of reports. */
  series(): Series[] {
    const order = this.#subjects.map(({ name }) => name)
    return [...this.#series.values()].sort((a, b) => order.indexOf(a.subject) - order.indexOf(b.subject))
  }

  absences(): Absence[] {
    return [...this.#absences.values()]
  }
}
