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
  const one = (
    key: string,
    subject: string,
    node: NodeKind,
    statistic: Statistic = 'median',
  ): number | null => value(key, subject, node, statistic) ?? null
  const times = (key: string, node: NodeKind, other: string, own = 'native'): number | null => {
    const [ours, theirs] = [value(key, own, node), value(key, other, node)]
    return ours === undefined || theirs === undefined ? null : ours / theirs
  }
  const [kept, grown] = [
    value('memory/kept-20', 'native', 'fresh'),
    value('memory/node-20', 'native', 'fresh'),
  ]
  const bare = 'child_process'
  return [
    aim(
      'start to exit, pooled, idle Node, against child_process',
      1,
      'x',
      times('start/ms', 'idle', bare, 'native-pooled'),
    ),
    aim('start to exit, idle Node, against child_process', 2, 'x', times('start/ms', 'idle', bare)),
    aim('start to exit, Node with 400 MB, against child_process', 0.25, 'x', times('start/ms', 'big', bare)),
    aim('start to exit, idle Node, against crun', 1 / 4, 'x', times('start/ms', 'idle', 'crun')),
    aim('start to exit, idle Node, against runc', 1 / 12, 'x', times('start/ms', 'idle', 'runc')),
    aim('start to exit, idle Node, against bubblewrap', 0.6, 'x', times('start/ms', 'idle', 'bubblewrap')),
    aim('start to exit, idle Node, against lxc-start', 1 / 4, 'x', times('start/ms', 'idle', 'lxc-start')),
    aim(
      'the driver lxc, idle Node, against lxc-start of the same container',
      1.4,
      'x',
      times('start/ms', 'idle', 'lxc-start-same', 'lxc'),
    ),
    aim(
      'exec in a running container, idle Node, against child_process',
      1.5,
      'x',
      times('exec/ms', 'idle', bare),
    ),
    aim(
      'event loop blocked by a start, median, idle Node',
      0.5,
      'ms',
      one('event-loop/gap', 'native', 'idle'),
    ),
    aim(
      'event loop blocked by a start, p99, idle Node',
      1,
      'ms',
      one('event-loop/gap', 'native', 'idle', 'p99'),
    ),
    aim(
      'event loop blocked by a start, p99, Node with 400 MB',
      1,
      'ms',
      one('event-loop/gap', 'native', 'big', 'p99'),
    ),
    aim('helper kept for a container, one alive', 300, 'kB', one('memory/kept-1', 'native', 'fresh')),
    aim(
      'helper and Node for each idle container, 20 alive',
      150,
      'kB',
      kept === undefined || grown === undefined ? null : kept + grown,
    ),
    aim('start time with 1000 alive, against with 1', 1.5, 'x', one('alive/growth', 'native', 'fresh')),
    aim(
      'statistics of 1000 containers once a second, of one processor',
      5,
      '%',
      one('alive/stats', 'native', 'fresh'),
    ),
    aim('streaming 1 GiB, against child_process', 1.05, 'x', times('stream/ms', 'idle', bare)),
  ]
}

function aim(what: string, atMost: number, unit: string, measured: number | null): Aim {
  return { what, atMost, unit, measured }
}

/** The aims with the measured values beside them; nothing when nothing of them was measured. */
export function aimLines(rows: readonly Row[]): string[] {
  const measured = aims(rows).filter((one) => one.measured !== null)
  if (measured.length === 0) return []
  const text = (value: number, unit: string): string => `${value.toFixed(unit === 'kB' ? 0 : 2)} ${unit}`
  return grid([
    ['aims', 'at most', 'measured', ''],
    ...measured.map(({ what, atMost, unit, measured: value }) => {
      const got = value ?? Number.NaN
      return [what, text(atMost, unit), text(got, unit), got <= atMost ? 'reached' : 'not reached']
    }),
  ])
}
