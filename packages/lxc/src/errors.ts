import { type ErrorCode, type ErrorDetails, ExecdError } from '@execd/core/driver'
import { errnoOf } from '@execd/linux/errno'

/** An error of this driver. */
export function lxcError(
  code: ErrorCode,
  message: string,
  options: { hint?: string; cause?: unknown; details?: ErrorDetails } = {},
): ExecdError {
  return new ExecdError(code, message, { ...options, details: { driver: 'lxc', ...options.details } })
}

/** Refusal of a value that this driver cannot do, found only when the value itself is looked at. */
export function unsupported(field: string, reason: string, hint?: string): ExecdError {
  return lxcError('EXECD_UNSUPPORTED', `driver lxc does not support ${field}: ${reason}`, {
    ...(hint === undefined ? {} : { hint }),
    details: { path: field, unsupported: [{ key: field, path: field, reason }] },
  })
}

/** A start that was ended before it was one. */
export function givenUpError(id: string): ExecdError {
  return lxcError('EXECD_START_FAILED', 'the start was given up', {
    details: { container: id, step: 'start' },
  })
}

/** A failed call of node:fs as an error of this driver. */
export function fileError(code: ErrorCode, what: string, error: unknown): ExecdError {
  const errno = errnoOf(error)
  const hint = errno === 'ENOSPC' ? 'the disk is full' : undefined
  return lxcError(code, `could not ${what}: ${errno || String(error)}`, {
    ...(hint === undefined ? {} : { hint }),
    ...(errno === '' ? {} : { details: { errno, step: what } }),
    cause: error,
  })
}
