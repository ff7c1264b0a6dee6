import type { EndOptions } from '@execd/core'
import { timeText } from '../input/time.js'
import { numeric } from '../input/words.js'
import type { Given } from '../table/types.js'

const STOP_TIMEOUT = '10s'

/** How a process is asked to end, before it is killed. */
export interface StopOptions {
  readonly killSignal: NodeJS.Signals | number
  readonly gracePeriod: string
}

/** The signal and the time of --stop-signal and --stop-timeout. Pure. */
export function stopOptionsOf(given: Given): StopOptions {
  return {
    killSignal: signalOf(given.text('stop-signal') ?? 'SIGTERM'),
    gracePeriod: timeText(given.text('stop-timeout') ?? STOP_TIMEOUT),
  }
}

/** A signal by number, or by name with or without SIG, in any case; core says what is none. Pure. */
export function signalOf(text: string): NodeJS.Signals | number {
  const number = numeric(text)
  if (typeof number === 'number') return number
  const name = text.toUpperCase()
  return (name.startsWith('SIG') ? name : `SIG${name}`) as NodeJS.Signals
}

/** The time-out of a run: SIGKILL at once, unless the command line says how to ask first. Pure. */
export function endOptionsOf(given: Given): EndOptions {
  const asks = given.has('stop-signal') || given.has('stop-timeout')
  const timeout = given.text('timeout')
  return {
    ...(timeout === undefined ? {} : { timeout: timeText(timeout) }),
    ...(asks ? stopOptionsOf(given) : {}),
  }
}
