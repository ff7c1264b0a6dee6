import { type ErrorCode, type ErrorDetails, ExecdError } from '@execd/core/driver'

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
