import { setTimeout as sleep } from 'node:timers/promises'
import { coloursFor } from '../output/colours.js'
import { inkFor } from '../output/plot.js'
import { print } from '../output/print.js'
import { intervalOf } from '../stats/interval.js'
import type { Row } from '../stats/row.js'
import { Sampler } from '../stats/sampler.js'
import { Screen } from '../stats/screen.js'
import { statsTable } from '../stats/view.js'
import type { Action, Given } from '../table/types.js'

export const action: Action = async ({ given, operands }) => {
  const interval = intervalOf(given)
  const sampler = new Sampler(given, operands)
  const show = shower(given)
  const gone = new AbortController()
  process.stdout.once('error', () => gone.abort())
  // Rates need two samples: the first one is shown only where it is to be drawn over.
  let rows = await sampler.next()
  if (process.stdout.isTTY && !given.on('no-stream')) await show(rows)
  do {
    await sleep(interval, undefined, { signal: gone.signal }).catch(() => {})
    rows = await sampler.next()
    await show(rows)
  } while (!given.on('no-stream') && !gone.signal.aborted && !isOver(rows, operands))
  return 0
}

/** Of containers that were named, none runs any more. */
function isOver(rows: readonly Row[], operands: readonly string[]): boolean {
  return operands.length > 0 && rows.length === 0
}

function shower(given: Given): (rows: readonly Row[]) => Promise<void> {
  if (given.on('json'))
    return (rows) => print(rows.map((row) => `${JSON.stringify(sampleOf(row))}\n`).join(''))
  const { stdout } = process
  if (!stdout.isTTY)
    return (rows) => print(statsTable(rows, { ink: null, colours: coloursFor(stdout), plots: 0 }))
  const screen = new Screen(
    (text) => stdout.write(text),
    () => ({ rows: stdout.rows, columns: stdout.columns }),
  )
  const style = { ink: inkFor(process.env), colours: coloursFor(stdout), plots: 0 }
  return async (rows) => screen.draw(statsTable(rows, style))
}

function sampleOf({ id, driver, cpus, stats, note }: Row) {
  return { id, driver, cpus, stats, note }
}
