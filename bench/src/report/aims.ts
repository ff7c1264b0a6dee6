import type { NodeKind } from '../measures/measure.js'
import { grid } from './grid.js'
import { keyOf, type Row } from './results.js'

/** A figure that the project aims at, with what was measured; never a test. */
export interface Aim {
  readonly what: string
  readonly atMost: number
  readonly unit: string
  /** Null when what it needs was not measured. */
  readonly measured: number | null
}

type Statistic = 'median' | 'p99'

/** The aims of the project, from the rows of a run. */
export function aims(rows: readonly Row[]): Aim[] {
  const value = (key: string, subject: string, node: NodeKind, statistic: Statistic = 'median') =>
    rows.find((row) => keyOf(row) === key && row.subject === subject && row.node === node)?.summary[statistic]
  const times = (key: string, node: NodeKind, other: string): number | null => {
    const [own, theirs] = [value(key, 'native', node), value(key, other, node)]
    return own === undefined || theirs === undefined ? null : own / theirs
  }
  const block = (node: NodeKind, statistic: Statistic) =>
    value('event-loop/gap', 'native', node, statistic) ?? null
  return [
    aim(
      'start to exit, idle Node, against child_process',
      2.5,
      'x',
      times('start/ms', 'idle', 'child_process'),
    ),
    aim(
      'start to exit, Node with 400 MB, against child_process',
      1,
      'x',
      times('start/ms', 'big', 'child_process'),
    ),
    aim('start to exit, idle Node, against crun run', 1 / 3, 'x', times('start/ms', 'idle', 'crun')),
    aim('event loop blocked by a start, median, idle Node', 0.5, 'ms', block('idle', 'median')),
    aim('event loop blocked by a start, median, Node with 400 MB', 0.5, 'ms', block('big', 'median')),
    aim('event loop blocked by a start, p99, idle Node', 0.5, 'ms', block('idle', 'p99')),
    aim('event loop blocked by a start, p99, Node with 400 MB', 0.5, 'ms', block('big', 'p99')),
    aim(
      'helper kept for a container, one alive',
      300,
      'kB',
      value('memory/kept-1', 'native', 'fresh') ?? null,
    ),
    aim(
      'helper kept for a container, 20 alive',
      300,
      'kB',
      value('memory/kept-20', 'native', 'fresh') ?? null,
    ),
  ]
}

function aim(what: string, atMost: number, unit: string, measured: number | null): Aim {
  return { what, atMost, unit, measured }
}

/** The aims of native with the measured values beside them; nothing when nothing of them was measured. */
export function aimLines(rows: readonly Row[]): string[] {
  const measured = aims(rows).filter((one) => one.measured !== null)
  if (measured.length === 0) return []
  const text = (value: number, unit: string): string => `${value.toFixed(unit === 'kB' ? 0 : 2)} ${unit}`
  return grid([
    ['aims of native', 'at most', 'measured', ''],
    ...measured.map(({ what, atMost, unit, measured: value }) => {
      const got = value ?? Number.NaN
      return [what, text(atMost, unit), text(got, unit), got <= atMost ? 'reached' : 'not reached']
    }),
  ])
}
