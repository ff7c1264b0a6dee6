import type { BenchOptions } from './arguments.js'
import type { Workshop } from './host/workshop.js'
import type { Measure, NodeKind } from './measures/measure.js'
import { randomFrom, shuffled } from './shuffle.js'
import type { Tally } from './tally.js'
import { Worker } from './worker/client.js'
import { type Opened, textOf } from './worker/messages.js'

const HOLD_BYTES = 400 * 1000 ** 2
const TOTAL_SECONDS = { full: 200, quick: 34 }

/** What one run measures. */
export interface Selection {
  readonly measures: readonly Measure[]
  /** Names, in the order of reports. */
  readonly subjects: readonly string[]
  /** Name of the subject that starts nothing. */
  readonly control: string
}

/** One run: opens the processes that measure and takes samples of all subjects in turn. */
export class Bench {
  readonly #options: BenchOptions
  readonly #workshop: Workshop
  readonly #selection: Selection
  readonly #tally: Tally
  readonly #workers = new Map<NodeKind, Worker>()
  readonly #random = randomFrom(1)
  readonly #deadline: number
  #stopped = false

  constructor(options: BenchOptions, workshop: Workshop, selection: Selection, tally: Tally) {
    this.#options = options
    this.#workshop = workshop
    this.#selection = selection
    this.#tally = tally
    this.#deadline = performance.now() + this.#amount(TOTAL_SECONDS) * 1000
  }

  /** Takes all samples. Rejects when a process that measures is lost; what the tally holds then is still true. */
  async run(say: (line: string) => void): Promise<void> {
    const { measures } = this.#selection
    const nodes = [...new Set(measures.flatMap((measure) => measure.nodes))].filter(
      (node) => node !== 'fresh',
    )
    for (const node of nodes) await this.#open(node)
    for (const measure of measures) {
      say(`${measure.name}: ${measure.metrics.map(({ title }) => title).join('; ')}`)
      if (measure.nodes.includes('fresh')) await this.#measureFresh(measure)
      else await this.#measure(measure)
    }
  }

  /** Ends all processes that measure, and with them what they started. */
  async stop(): Promise<void> {
    this.#stopped = true
    await Promise.all([...this.#workers.values()].map((worker) => worker.close()))
  }

  async #open(node: NodeKind, subjects = this.#subjects()): Promise<Worker> {
    if (this.#stopped) throw new Error('stopped')
    const worker = new Worker()
    this.#workers.set(node, worker)
    const hold = node === 'big' ? HOLD_BYTES : 0
    const opened = await worker.ask<'open'>({ do: 'open', workshop: this.#workshop, subjects, hold })
    this.#tally.nodes[node] ??= opened.rssMiB
    for (const [name, outcome] of Object.entries<Opened>(opened.subjects)) this.#tally.subject(name, outcome)
    return worker
  }

  /** Those that can run here. */
  #subjects(): string[] {
    const { subjects, control } = this.#selection
    return [...subjects, control].filter((name) => this.#tally.works(name))
  }

  /** Those that take part in a measure. */
  #partakers(measure: Measure): string[] {
    const able = this.#subjects().filter((name) => measure.control || name !== this.#selection.control)
    return able.filter((name) => this.#tally.partakes(measure, name))
  }

  async #measure(measure: Measure): Promise<void> {
    for (const node of measure.nodes) {
      for (const subject of this.#partakers(measure)) await this.#hook('before', measure, node, subject)
    }
    const end = this.#endOf(measure)
    const warmup = this.#amount(measure.warmup)
    const rounds = warmup + (this.#options.runs ?? this.#amount(measure.rounds))
    for (let round = 0; round < rounds && (round <= warmup || performance.now() < end); round += 1) {
      for (const node of measure.nodes) {
        for (const subject of shuffled(this.#partakers(measure), this.#random))
          await this.#sample(measure, node, subject, round >= warmup)
      }
    }
    for (const node of measure.nodes) {
      for (const subject of this.#partakers(measure)) await this.#hook('after', measure, node, subject)
    }
  }

  /** As `#measure`, with a new process for each sample. */
  async #measureFresh(measure: Measure): Promise<void> {
    const end = this.#endOf(measure)
    const rounds = this.#options.runs ?? this.#amount(measure.rounds)
    for (let round = 0; round < rounds && (round === 0 || performance.now() < end); round += 1) {
      for (const subject of shuffled(this.#partakers(measure), this.#random)) {
        const worker = await this.#open('fresh', [subject])
        if (this.#tally.works(subject)) {
          await this.#hook('before', measure, 'fresh', subject)
          await this.#sample(measure, 'fresh', subject, true)
        }
        await worker.close()
      }
    }
  }

  async #hook(what: 'before' | 'after', measure: Measure, node: NodeKind, subject: string): Promise<void> {
    await this.#ask(measure, node, subject, (worker) =>
      worker.ask<'before' | 'after'>({ do: what, measure: measure.name, subject }),
    )
  }

  async #sample(measure: Measure, node: NodeKind, subject: string, keep: boolean): Promise<void> {
    // What failed in one kind of Node is not measured in another.
    if (!this.#tally.partakes(measure, subject)) return
    const { quick } = this.#options
    const values = await this.#ask(measure, node, subject, (worker) =>
      worker.ask<'sample'>({ do: 'sample', measure: measure.name, subject, quick }, measure.patience),
    )
    if (keep && values !== undefined) this.#tally.add(measure, node, subject, values)
  }

  /** Asks a worker; a failure there takes the subject out of the measure, the loss of the worker ends the run. */
  async #ask<T>(
    measure: Measure,
    node: NodeKind,
    subject: string,
    ask: (worker: Worker) => Promise<T>,
  ): Promise<T | undefined> {
    const worker = this.#workers.get(node)
    if (this.#stopped || worker === undefined) throw new Error('stopped')
    try {
      return await ask(worker)
    } catch (error) {
      if (!worker.alive) throw error
      this.#tally.drop(measure, subject, textOf(error))
      return undefined
    }
  }

  #endOf(measure: Measure): number {
    return Math.min(performance.now() + this.#amount(measure.seconds) * 1000, this.#deadline)
  }

  #amount({ full, quick }: { full: number; quick: number }): number {
    return this.#options.quick ? quick : full
  }
}
