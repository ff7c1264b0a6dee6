import type { NodeKind } from '../measures/measure.js'
import { aimLines } from './aims.js'
import { grid } from './grid.js'
import { keyOf, type Results, type Row, rowsOf } from './results.js'

const DEEDS = [
  'namespaces',
  'network',
  'root',
  'seccomp',
  'capabilities',
  'limits',
  'devices',
  'result',
] as const

/** The whole report as text. */
export function table(results: Results): string {
  const rows = rowsOf(results)
  const keys = [...new Set(rows.map(keyOf))]
  const parts = [
    machineLines(results),
    deedLines(results),
    ...keys.map((key) =>
      metricLines(
        rows.filter((row) => keyOf(row) === key),
        results,
      ),
    ),
    absenceLines(results),
    aimLines(rows),
  ]
  return `${parts
    .filter((lines) => lines.length > 0)
    .map((lines) => lines.join('\n'))
    .join('\n\n')}\n`
}

function machineLines({ machine, nodes, notes, seconds }: Results): string[] {
  const sizes = Object.entries(nodes).map(([kind, size]) => `${kind} ${size} MiB`)
  return [
    `Linux ${machine.kernel} ${machine.arch}, ${machine.cpus} x ${machine.cpu}, ${machine.memoryMiB} MiB, cgroups ${machine.cgroups}`,
    `Node ${machine.node} (libuv ${machine.uv}), ${machine.root ? 'root' : 'ordinary user'}, ${machine.date}, load ${machine.loadAtStart}, took ${seconds} s`,
    ...(sizes.length > 0 ? [`memory in use of the Node that measures: ${sizes.join(', ')}`] : []),
    ...notes,
  ]
}

function deedLines({ subjects }: Results): string[] {
  const present = subjects.filter(({ version }) => version !== null)
  const lines = grid([
    ['what each does for a command', ...DEEDS],
    ...present.map(({ name, deeds }) => [name, ...DEEDS.map((deed) => deeds[deed])]),
  ])
  const versions = present.filter(({ version }) => version !== '')
  const absent = subjects.filter(({ reason }) => reason !== null)
  return [
    ...lines,
    `versions: ${versions.map(({ name, version }) => `${name}: ${version}`).join(', ')}`,
    ...absent.map(({ name, reason }) => `not measured: ${name}: ${reason}`),
  ]
}

const NODE_TITLES: Readonly<Record<NodeKind, string>> = {
  idle: 'idle Node',
  big: 'Node with 400 MB',
  fresh: 'new Node',
}

function metricLines(rows: readonly Row[], { base }: Results): string[] {
  const [first] = rows
  if (first === undefined) return []
  const { metric } = first
  const nodes = [...new Set(rows.map(({ node }) => node))]
  const subjects = [...new Set(rows.map(({ subject }) => subject))]
  const more = metric.better === 'higher' ? ', more is better' : ''
  const heads = nodes.flatMap((node) => [
    NODE_TITLES[node],
    metric.tail ? 'p99' : 'p10-p90',
    ...(metric.tail ? ['max'] : []),
    ...(metric.compare ? [`x ${base}`] : []),
    'runs',
  ])
  const cells = subjects.map((subject) => [
    subject,
    ...nodes.flatMap((node) => {
      const row = rows.find((one) => one.subject === subject && one.node === node)
      return row === undefined ? heads.slice(0, heads.length / nodes.length).map(() => '-') : numbers(row)
    }),
  ])
  return grid([[`${metric.title}, ${metric.unit}${more}`, ...heads], ...cells])
}

function numbers({ metric, summary, ratio }: Row): string[] {
  const text = (value: number): string => value.toFixed(metric.digits)
  return [
    text(summary.median),
    ...(metric.tail ? [text(summary.p99), text(summary.max)] : [`${text(summary.p10)}-${text(summary.p90)}`]),
    ...(metric.compare ? [ratio === null ? '-' : ratio.toFixed(2)] : []),
    String(summary.count),
  ]
}

function absenceLines({ absences }: Results): string[] {
  return absences.map(({ measure, subject, reason }) => `not in ${measure}: ${subject}: ${reason}`)
}
