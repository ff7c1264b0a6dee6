import { ExecdError, messageOf } from './execd-error.js'

/** A caught value as an error of execd: those are given back as they are, anything else is an EXECD_INTERNAL of the driver with the value as its cause. */
export function toExecdError(value: unknown, driver: string): ExecdError {
  if (ExecdError.is(value)) return value
  return new ExecdError('EXECD_INTERNAL', `driver ${driver} failed: ${messageOf(value)}`, {
    details: { driver },
    cause: value,
  })
}
