import { type ErrorCode, type ErrorDetails, ExecdError } from '@execd/core/driver'
import { errnoOf } from '@execd/linux/errno'

/** An error of this driver. */
export function ociError(
  code: ErrorCode,
  message: string,
  options: { hint?: string; cause?: unknown; details?: ErrorDetails } = {},
): ExecdError {
  return new ExecdError(code, message, { ...options, details: { driver: 'oci', ...options.details } })
}

/** Refusal of a value that OCI runtimes cannot do, found only when the value itself is looked at. */
export function unsupported(field: string, reason: string, hint?: string): ExecdError {
  return ociError('EXECD_UNSUPPORTED', `driver oci does not support ${field}: ${reason}`, {
    ...(hint === undefined ? {} : { hint }),
    details: { path: field, unsupported: [{ key: field, path: field, reason }] },
  })
}

/** A failed call of node:fs or node:child_process as an error of this driver. */
export function fileError(code: ErrorCode, what: string, error: unknown): ExecdError {
  const errno = errnoOf(error)
  const hint =
    errno === 'ENOSPC'
      ? 'the disk is full'
      : errno === 'EAGAIN'
        ? 'no more processes may be made: look at ulimit -u and at pids.max of the own cgroup'
        : undefined
  return ociError(code, `could not ${what}: ${errno || String(error)}`, {
    ...(hint === undefined ? {} : { hint }),
    ...(errno === '' ? {} : { details: { errno, step: what } }),
    cause: error,
  })
}
