import { bytesText } from '../output/bytes.js'
import type { Colours } from '../output/colours.js'
import { bar, type Ink, plot } from '../output/plot.js'
import { table } from '../output/table.js'
import type { Rate, Row } from './row.js'

const BAR = 10
const WARM = 0.7
const HOT = 0.9

/** How figures are drawn; without ink there are only figures. */
export interface Style {
  readonly ink: Ink | null
  readonly colours: Colours
  /** Characters of each plot of the history; 0: no plots. */
  readonly plots: number
}

/** Rows as a table. Pure. */
export function statsTable(rows: readonly Row[], style: Style): string {
  const plots = style.plots > 0
  const head = [
    'CONTAINER',
    'CPU',
    ...(plots ? [''] : []),
    'MEMORY',
    ...(plots ? [''] : []),
    'PIDS',
    'NET IN/OUT',
    'DISK R/W',
  ]
  return table(
    head,
    rows.map((row) => cells(row, style)),
  )
}

function cells(row: Row, style: Style): string[] {
  const { id, stats, cpus, note, cpuLimit, memoryLimit, network, disk, history } = row
  if (stats === null) return [id, style.colours.dim(note ?? '')]
  const { memory, pids } = stats
  const shown = (values: readonly number[]) =>
    style.ink !== null && style.plots > 0 ? [style.colours.cyan(plot(values, style.plots, style.ink))] : []
  return [
    id,
    cpus === null ? '-' : `${drawn(cpus / cpuLimit, style)}${percent(cpus)}`,
    ...shown(history.cpu),
    memory === null
      ? '-'
      : `${drawn(memory.usage / memoryLimit, style)}${bytesText(memory.usage)} / ${bytesText(memoryLimit)}`,
    ...shown(history.memory),
    pids === null ? '-' : `${pids.current}${pids.limit === null ? '' : ` / ${pids.limit}`}`,
    rateText(network),
    rateText(disk),
  ]
}

/** Of one processor, as in top(1). */
function percent(cpus: number): string {
  return `${(cpus * 100).toFixed(1)}%`
}

function drawn(fraction: number, { ink, colours }: Style): string {
  if (ink === null) return ''
  const colour = fraction >= HOT ? colours.red : fraction >= WARM ? colours.yellow : colours.green
  return `${colour(bar(fraction, BAR, ink))} `
}

function rateText(rate: Rate | null): string {
  return rate === null ? '-' : `${bytesText(rate.in)}/s ${bytesText(rate.out)}/s`
}
