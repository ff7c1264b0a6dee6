import { duration } from '../command/units.js'
import type { Stats } from '../contract/stats.js'
import { ExecdError } from '../errors/execd-error.js'
import { sleep } from '../util/deadline.js'
import type { Life } from './life.js'
import { invalidOption } from './parse-options.js'

const schema = duration()
const LONGEST_INTERVAL = 24 * 3_600_000

/** The interval in milliseconds. Throws EXECD_INVALID_OPTION. */
export function parseInterval(options: { interval: number | string }): number {
  const parsed = schema.safeParse(options?.interval)
  if (parsed.success && parsed.data >= 1 && parsed.data <= LONGEST_INTERVAL) return parsed.data
  const got = JSON.stringify(options?.interval) ?? 'undefined'
  throw invalidOption([{ path: 'interval', wanted: 'a time from 1 ms to 24 h, such as "1s"', got }])
}

/** Samples at an interval; ends with the process. An end between two samples is no error. */
export async function* sampleStats(
  read: () => Promise<Stats>,
  interval: number,
  life: Life,
): AsyncGenerator<Stats, void, void> {
  while (life.status === 'running' || life.status === 'paused') {
    let sample: Stats
    try {
      sample = await read()
    } catch (error) {
      if (ExecdError.is(error, 'EXECD_NOT_RUNNING')) return
      throw error
    }
    yield sample
    await sleep(interval, life.over)
  }
}
