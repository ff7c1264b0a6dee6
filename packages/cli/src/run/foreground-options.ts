import { parseDuration, parseSize } from '@execd/core'
import type { Given } from '../table/types.js'
import { escapeOf } from '../terminal/escape-option.js'
import { UsageError } from '../usage-error.js'
import { stopOptionsOf } from './end-options.js'

/** How our streams and signals are joined with a program's. */
export interface ForegroundOptions {
  readonly terminal: boolean
  readonly interactive: boolean
  /** Byte that begins an escape, or null. */
  readonly escapeByte: number | null
  /** Bytes of stdout, and of stderr, after which it is killed, or null. */
  readonly maxOutput: number | null
  /** Milliseconds from a signal to the kill. */
  readonly grace: number
}

/** Reads what `run` and `exec` have in common. Throws UsageError. Pure. */
export function foregroundOptionsOf(given: Given, terminal: boolean): ForegroundOptions {
  return {
    terminal,
    interactive: given.on('interactive'),
    escapeByte: escapeOf(given.text('escape')),
    maxOutput: maxOutputOf(given),
    grace: graceOf(given),
  }
}

function maxOutputOf(given: Given): number | null {
  const text = given.text('max-output')
  if (text === undefined) return null
  const size = parseSize(text)
  if (size !== undefined) return size
  throw new UsageError(`--max-output: wanted a size such as 1m, got ${JSON.stringify(text)}`)
}

/** Milliseconds of --stop-timeout. Pure. */
export function graceOf(given: Given): number {
  const { gracePeriod } = stopOptionsOf(given)
  const grace = parseDuration(gracePeriod)
  if (grace !== undefined) return grace
  throw new UsageError(`--stop-timeout: wanted a time such as 10s, got ${JSON.stringify(gracePeriod)}`)
}
