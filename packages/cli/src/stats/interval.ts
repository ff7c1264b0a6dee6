import { parseDuration } from '@execd/core'
import { timeText } from '../input/time.js'
import type { Given } from '../table/types.js'
import { UsageError } from '../usage-error.js'

const DEFAULT_INTERVAL = '1s'
const LEAST_MS = 50

/** Milliseconds of --interval. Pure. */
export function intervalOf(given: Given): number {
  const text = given.text('interval') ?? DEFAULT_INTERVAL
  const interval = parseDuration(timeText(text))
  if (interval !== undefined && interval >= LEAST_MS) return interval
  throw new UsageError(`--interval: wanted a time of ${LEAST_MS} ms or more, got ${JSON.stringify(text)}`)
}
