import { constants } from 'node:os'
import { setTimeout as sleep } from 'node:timers/promises'
import { coloursFor } from '../output/colours.js'
import { inkFor } from '../output/plot.js'
import { cut } from './screen.js'
import type { Order, Source } from './sources.js'
import type { Style } from './view.js'

const ENTER = '\x1b[?1049h\x1b[?25l'
const LEAVE = '\x1b[?25h\x1b[?1049l'
const ORDERS: Readonly<Record<string, Order>> = { c: 'cpu', m: 'memory', n: 'name' }
const ENDS: readonly string[] = ['q', '\x03', '\x04']
const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const
const PLOT = 24

/** Shows a source on the whole screen until a key, a signal or its end. Gives the exit status. */
export async function showLive(source: Source, interval: number): Promise<number> {
  const { stdin, stdout } = process
  const over = new AbortController()
  let [order, status, shown]: [Order, number, string] = ['cpu', 0, '']
  let again = new AbortController()
  const onKey = (keys: Buffer): void => {
    for (const key of keys.toString()) {
      if (ENDS.includes(key)) over.abort()
      if (ORDERS[key] !== undefined) order = ORDERS[key]
    }
    again.abort()
  }
  const onSignal = (signal: NodeJS.Signals): void => {
    status = 128 + constants.signals[signal]
    over.abort()
  }
  const draw = (): void => void stdout.write(screenOf(shown, order, stdout.rows, stdout.columns))
  for (const signal of SIGNALS) process.on(signal, onSignal)
  stdout.on('resize', draw)
  stdout.write(ENTER)
  stdin.setRawMode(true)
  stdin.on('data', onKey)
  try {
    while (!over.signal.aborted) {
      const style: Style = { ink: inkFor(process.env), colours: coloursFor(stdout), plots: PLOT }
      const text = await source.next(order, style)
      if (text === null) break
      shown = text
      draw()
      again = new AbortController()
      await sleep(interval, undefined, { signal: AbortSignal.any([again.signal, over.signal]) }).catch(
        () => {},
      )
    }
    return status
  } finally {
    stdin.off('data', onKey)
    stdin.setRawMode(false)
    stdin.pause()
    stdin.unref()
    stdout.off('resize', draw)
    for (const signal of SIGNALS) process.off(signal, onSignal)
    stdout.write(LEAVE)
  }
}

/** The whole screen. Pure but for the clock. */
function screenOf(text: string, order: Order, rows: number, columns: number): string {
  const time = new Date().toTimeString().slice(0, 8)
  const head = `execd top  ${time}  by ${order}  (c cpu, m memory, n name, q end)`
  const lines = [head, '', ...text.trimEnd().split('\n')].slice(0, rows)
  return `\x1b[H${lines.map((line) => `${cut(line, columns)}\x1b[K`).join('\r\n')}\x1b[J`
}
