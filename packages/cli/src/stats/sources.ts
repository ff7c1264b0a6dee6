import { pick } from '../detached/find.js'
import { withContainer } from '../detached/own.js'
import { allKnown } from '../detached/reach.js'
import type { Given } from '../table/types.js'
import { type ProcessSample, processRows, processTable, readProcesses } from './processes.js'
import type { Row } from './row.js'
import { Sampler } from './sampler.js'
import { type Style, statsTable } from './view.js'

/** What lines are sorted by. */
export type Order = 'cpu' | 'memory' | 'name'

/** Something that `top` shows again and again. */
export interface Source {
  /** Looks again, and gives the lines as text, or null when there is nothing more to come. */
  next(order: Order, style: Style): Promise<string | null>
}

/** All containers that run. */
export function containers(given: Given): Source {
  const sampler = new Sampler(given, [])
  return {
    next: async (order, style) => {
      const rows = await sampler.next()
      return statsTable(sorted(rows, order), style)
    },
  }
}

function sorted(rows: readonly Row[], order: Order): Row[] {
  if (order === 'name') return rows.toSorted((one, other) => (one.id < other.id ? -1 : 1))
  const of = ({ cpus, stats }: Row): number => (order === 'cpu' ? (cpus ?? 0) : (stats?.memory?.usage ?? 0))
  return rows.toSorted((one, other) => of(other) - of(one))
}

/** The processes of one container. */
export function processesOf(given: Given, word: string): Source {
  let before: readonly ProcessSample[] = []
  let then = 0
  let id: string | undefined
  return {
    next: async (order) => {
      const all = await allKnown(given)
      id ??= pick(all, word).id
      const known = all.find((one) => one.id === id)
      if (known?.status !== 'running' && known?.status !== 'paused') return null
      const pids = await withContainer(given, known, (container) => container.pids())
      const [now, time] = [await readProcesses(pids), performance.now()]
      const rows = processRows(before, now, then === 0 ? 0 : time - then)
      ;[before, then] = [now, time]
      const by = (row: (typeof rows)[number]): number => (order === 'cpu' ? (row.cpus ?? 0) : row.resident)
      const first =
        order === 'name' ? rows.toSorted((a, b) => a.pid - b.pid) : rows.toSorted((a, b) => by(b) - by(a))
      return processTable(first)
    },
  }
}
