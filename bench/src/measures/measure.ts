import type { Subject } from '../subjects/subject.js'

/** "idle": a Node that holds nothing; "big": one with much memory in use; "fresh": a new idle one for each sample. */
export type NodeKind = 'idle' | 'big' | 'fresh'

/** One number that a sample gives. */
export interface Metric {
  readonly key: string
  readonly title: string
  readonly unit: string
  /** Digits after the point. */
  readonly digits: number
  readonly better: 'lower' | 'higher'
  /** Whether the far end of the distribution matters more than the spread: p50, p99 and the largest are shown. */
  readonly tail: boolean
  /** Whether a ratio to the base says anything. */
  readonly compare: boolean
}

/** A pair of figures: of a full run, and of a quick one. */
export interface Amount {
  readonly full: number
  readonly quick: number
}

/** One thing that is measured of every subject. Samples are taken in rounds: each round takes one of every subject, in a new order. */
export interface Measure {
  readonly name: string
  readonly metrics: readonly Metric[]
  readonly nodes: readonly NodeKind[]
  readonly rounds: Amount
  /** Rounds before, whose samples are thrown away: code is compiled, caches are filled. */
  readonly warmup: Amount
  /** Rounds end early after this many seconds. */
  readonly seconds: Amount
  /** Whether the subject that starts nothing takes part. */
  readonly control: boolean
  /** Why a subject takes no part, or null. */
  readonly excludes: (subject: Subject) => string | null
  readonly before: (subject: Subject) => Promise<void>
  /** The metrics' values, in their order. */
  readonly sample: (subject: Subject, quick: boolean) => Promise<readonly number[]>
  readonly after: (subject: Subject) => Promise<void>
  /** Milliseconds that one sample may take. */
  readonly patience: number
}

const DEFAULTS = {
  nodes: ['idle', 'big'],
  warmup: { full: 5, quick: 2 },
  control: false,
  excludes: () => null,
  before: async () => {},
  after: async () => {},
  patience: 12_000,
} as const

type Optional = keyof typeof DEFAULTS

/** A measure with the usual values where none are given: both kinds of Node, a few rounds of warm-up, every subject. */
export function measure(own: Omit<Measure, Optional> & Partial<Pick<Measure, Optional>>): Measure {
  return { ...DEFAULTS, ...own }
}

/** A metric in milliseconds from a call to an end. */
export function duration(title: string): Metric {
  return { key: 'ms', title, unit: 'ms', digits: 2, better: 'lower', tail: false, compare: true }
}

/** Excludes subjects that pass no output. */
export function needsStreams(subject: Subject): string | null {
  return subject.passesStreams ? null : 'passes no output to its caller'
}
