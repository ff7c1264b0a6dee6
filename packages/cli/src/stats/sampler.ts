import { availableParallelism, totalmem } from 'node:os'
import type { Stats } from '@execd/core'
import { pick } from '../detached/find.js'
import { keepingEnd } from '../detached/keep-end.js'
import type { Known } from '../detached/known.js'
import { allKnown, withDriver } from '../detached/reach.js'
import type { Given } from '../table/types.js'
import { cpusBetween, diskTotal, limitsOf, networkTotal, type Row, rateBetween } from './row.js'

const HISTORY = 120
const MACHINE = { cpus: availableParallelism(), memory: totalmem() }

/** Samples of detached containers, one after the other. Owns each container only while it is read. */
export class Sampler {
  readonly #given: Given
  readonly #words: readonly string[]
  /** The ids that the words have named in the first look; what is gone since then has ended. */
  #ids: ReadonlySet<string> | null = null
  readonly #before = new Map<string, Row>()

  /** `words`: the containers, all that run when there are none. */
  constructor(given: Given, words: readonly string[]) {
    this.#given = given
    this.#words = words
  }

  /** A row for each container that runs. */
  async next(): Promise<Row[]> {
    const all = await allKnown(this.#given)
    this.#ids ??= new Set(this.#words.map((word) => pick(all, word).id))
    const ids = this.#ids
    const known = ids.size === 0 ? all : all.filter(({ id }) => ids.has(id))
    const live = known.filter(({ status }) => status === 'running' || status === 'paused')
    const groups = grouped(live)
    const rows = (await Promise.all([...groups.values()].map((group) => this.#sample(group)))).flat()
    this.#before.clear()
    for (const row of rows) this.#before.set(row.id, row)
    return rows
  }

  async #sample(group: readonly Known[]): Promise<Row[]> {
    const samples = await readAll(this.#given, group)
    return group.map((known) => this.#row(known, samples.get(known.id)))
  }

  #row({ id, driver, command, owner }: Known, sample: Stats | Error | undefined): Row {
    const before = this.#before.get(id)
    const stats = sample instanceof Error ? null : (sample ?? null)
    const limits = limitsOf(command, stats, MACHINE)
    const cpus = stats === null ? null : cpusBetween(before?.stats ?? null, stats)
    const note = sample instanceof Error ? sample.message : stats === null ? ownedBy(owner) : null
    const { cpu = [], memory = [] } = before?.history ?? {}
    return {
      ...{ id, driver, stats, cpus, note, cpuLimit: limits.cpus, memoryLimit: limits.memory },
      network: stats === null ? null : rateBetween(before?.stats ?? null, stats, networkTotal),
      disk: stats === null ? null : rateBetween(before?.stats ?? null, stats, diskTotal),
      history: {
        cpu: longer(cpu, cpus === null ? null : cpus / limits.cpus),
        memory: longer(memory, stats?.memory == null ? null : stats.memory.usage / limits.memory),
      },
    }
  }
}

function ownedBy(owner: number | null): string {
  return owner === null ? 'it is in use by another command' : `it is owned by process ${owner}`
}

function longer(history: readonly number[], value: number | null): readonly number[] {
  return value === null ? history : [...history, value].slice(-HISTORY)
}

/** Containers of one driver, created in one way. */
function grouped(known: readonly Known[]): Map<string, Known[]> {
  const groups = new Map<string, Known[]>()
  for (const one of known) {
    const key = JSON.stringify([one.driver, one.record?.driverOptions, one.record?.from])
    groups.set(key, [...(groups.get(key) ?? []), one])
  }
  return groups
}

/** A sample, or why there is none; nothing for one that another process owns. */
async function readAll(given: Given, group: readonly Known[]): Promise<Map<string, Stats | Error>> {
  const [first] = group
  if (first === undefined) return new Map()
  return withDriver(given, { name: first.driver, record: first.record }, async (runtime) => {
    const containers = await runtime.recover({ ids: group.map(({ id }) => id) })
    const samples = containers.map(async (container): Promise<[string, Stats | Error]> => {
      const known = group.find(({ id }) => id === container.id) ?? first
      const read = (): Promise<Stats | Error> => container.stats().catch((error: Error) => error)
      return [container.id, await keepingEnd(known, container, read)]
    })
    return new Map(await Promise.all(samples))
  })
}
