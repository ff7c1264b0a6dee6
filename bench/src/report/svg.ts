import type { NodeKind } from '../measures/measure.js'
import { type Results, type Row, rowsOf } from './results.js'

const WIDTH = 760
const LEFT = 120
const RIGHT = 150
const BAR = 15
const GROUP = 46
const TOP = 84
const COLORS: Readonly<Partial<Record<NodeKind, string>>> = { idle: '#2563a8', big: '#e08a2e' }
const NAMES: Readonly<Partial<Record<NodeKind, string>>> = {
  idle: 'idle Node',
  big: 'Node with 400 MB in use',
}

/** A picture of each measure whose subjects are compared, by its name. */
export function pictures(results: Results): Map<string, string> {
  const rows = rowsOf(results).filter(({ metric }) => metric.compare)
  const byMeasure = new Map<string, [Row, ...Row[]]>()
  for (const row of rows) byMeasure.set(row.measure, [...(byMeasure.get(row.measure) ?? []), row])
  return new Map([...byMeasure].map(([measure, own]) => [measure, svg(results, own)]))
}

/** A picture of one metric: a group of bars for each subject, one bar for each kind of Node, medians with the ratio to the base. */
function svg({ machine, base }: Results, rows: readonly [Row, ...Row[]]): string {
  const { metric } = rows[0]
  const subjects = [...new Set(rows.map(({ subject }) => subject))]
  const longest = Math.max(1e-9, ...rows.map(({ summary }) => Math.max(summary.median, summary.p90)))
  const scale = (value: number): number => (value / longest) * (WIDTH - LEFT - RIGHT)
  const height = TOP + subjects.length * GROUP + 12
  const bars = subjects.flatMap((subject, group) => {
    const own = rows.filter((row) => row.subject === subject)
    const y = TOP + group * GROUP
    return [
      text(LEFT - 10, y + BAR + 4, subject, 'text-anchor="end" font-weight="600"'),
      ...own.flatMap((row, index) => bar(row, y + index * (BAR + 2), scale)),
    ]
  })
  const title = `${metric.title}, ${metric.unit}`
  return `${[
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" width="${WIDTH}" height="${height}" font-family="system-ui, sans-serif" font-size="12" fill="#1f2328">`,
    `<title>${escaped(title)}</title>`,
    `<rect width="${WIDTH}" height="${height}" fill="#fff"/>`,
    text(
      16,
      26,
      `${title} (median, ${metric.better === 'higher' ? 'more' : 'less'} is better)`,
      'font-size="16" font-weight="600"',
    ),
    text(
      16,
      45,
      `Linux ${machine.kernel.split('-')[0]}, ${machine.cpus} x ${machine.cpu}, Node ${machine.node}, ${machine.date}. In brackets: against ${base}.`,
      'fill="#57606a"',
    ),
    ...legend(rows),
    ...bars,
    '</svg>',
  ].join('\n')}\n`
}

function bar({ node, summary, metric, ratio }: Row, y: number, scale: (value: number) => number): string[] {
  const width = Math.max(1, scale(summary.median))
  const label = `${summary.median.toFixed(metric.digits)}${ratio === null ? '' : ` (${ratio.toFixed(2)} x)`}`
  const [low, high] = [LEFT + scale(summary.p10), Math.min(WIDTH - 4, LEFT + scale(summary.p90))]
  const middle = y + BAR / 2
  return [
    `<rect x="${LEFT}" y="${y}" width="${width.toFixed(1)}" height="${BAR}" fill="${COLORS[node] ?? '#6e7781'}"/>`,
    `<path d="M${low.toFixed(1)} ${middle}H${high.toFixed(1)}" stroke="#1f2328" stroke-width="1" opacity="0.6"/>`,
    text(Math.max(LEFT + width, high) + 6, y + BAR - 3, label),
  ]
}

function legend(rows: readonly Row[]): string[] {
  return [...new Set(rows.map(({ node }) => node))].flatMap((node, index) => {
    const x = 16 + index * 200
    return [
      `<rect x="${x}" y="57" width="12" height="12" fill="${COLORS[node] ?? '#6e7781'}"/>`,
      text(x + 18, 67, `${NAMES[node] ?? node}`),
    ]
  })
}

function text(x: number, y: number, content: string, attributes = ''): string {
  return `<text x="${x.toFixed(1)}" y="${y.toFixed(1)}"${attributes === '' ? '' : ` ${attributes}`}>${escaped(content)}</text>`
}

function escaped(content: string): string {
  return content
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
}
