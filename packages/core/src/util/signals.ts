import { constants } from 'node:os'
import { ExecdError } from '../errors/execd-error.js'
import { closest } from './edit-distance.js'

/** SIGRTMAX of Linux. */
const LAST_SIGNAL = 64

/** The number of a signal given by name or number. Throws EXECD_INVALID_OPTION for what is no signal; 0 is none, it would signal nothing. */
export function signalNumber(signal: NodeJS.Signals | number, path = 'signal'): number {
  const number = typeof signal === 'number' ? signal : constants.signals[signal]
  if (Number.isInteger(number) && number >= 1 && number <= LAST_SIGNAL) return number
  const wanted = `a name such as "SIGTERM", or a number from 1 to ${LAST_SIGNAL}`
  const got = JSON.stringify(signal) ?? String(signal)
  throw new ExecdError('EXECD_INVALID_OPTION', `${path}: wanted ${wanted}, got ${got}`, {
    ...hint(signal),
    details: { path, wanted, got },
  })
}

function hint(signal: unknown): { hint?: string } {
  if (typeof signal !== 'string') return {}
  const meant = closest(signal.startsWith('SIG') ? signal : `SIG${signal}`, Object.keys(constants.signals))
  return meant === undefined ? {} : { hint: `did you mean "${meant}"?` }
}
