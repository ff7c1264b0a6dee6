import { CATALOG, type ErrorCode } from './catalog.js'

/** One thing that is wrong with an input. */
export interface Problem {
  /** Where, such as "mounts[0].source". */
  readonly path: string
  /** What was given, in words; "[hidden]" for values of an environment. */
  readonly got: string
  /** What is wanted there, in words. */
  readonly wanted: string
}

/** Facts for programs. A part is absent where it means nothing. */
export interface ErrorDetails {
  /** The field or option concerned. With several problems: of the first. */
  readonly path?: string
  readonly got?: string
  readonly wanted?: string
  /** Every problem of the input, in its order. */
  readonly problems?: readonly Problem[]
  /** Name of the driver. */
  readonly driver?: string
  /** Id of the container. */
  readonly container?: string
  /** Id of the exec. */
  readonly exec?: string
  /** What was being done. */
  readonly step?: string
  /** Name of the system's error, such as "ENOENT". */
  readonly errno?: string
  readonly syscall?: string
  readonly program?: string
  /** What a shell would have given: 126 or 127. */
  readonly exitCode?: number
  /** Anything else that a driver can tell, as plain data. */
  readonly [key: string]: unknown
}

export interface ExecdErrorOptions {
  /** What to do about it. Default: the hint of the catalogue. */
  readonly hint?: string
  readonly details?: ErrorDetails
  readonly cause?: unknown
}

const BRAND = Symbol.for('execd.error.v1')

/**
 * Every error of execd. `code` is stable, `message` says what and why, `hint` what to do. Recognised by a brand, so that `instanceof ExecdError` and
 * `ExecdError.is()` hold also for an error of another copy of this package.
 */
export class ExecdError extends Error {
  override readonly name = 'ExecdError'
  readonly code: ErrorCode
  readonly hint: string
  readonly details: ErrorDetails

  constructor(code: ErrorCode, message: string, options: ExecdErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause })
    this.code = code
    this.hint = options.hint ?? CATALOG[code].hint
    this.details = options.details ?? {}
    Object.defineProperty(this, BRAND, { value: true })
  }

  /** Whether the value is an error of execd, of this copy of the package or another. With `code`: one with this code. */
  static is(value: unknown, code?: ErrorCode): value is ExecdError {
    if (typeof value !== 'object' || value === null || !(BRAND in value)) return false
    return code === undefined || (value as { code?: unknown }).code === code
  }

  static override [Symbol.hasInstance](value: unknown): boolean {
    return ExecdError.is(value)
  }

  /** Plain data, for logs and for sending. The cause is reduced to its name, code and message; there is no stack. */
  toJSON(): Record<string, unknown> {
    const { name, code, message, hint, details, cause } = this
    return {
      name,
      code,
      message,
      hint,
      details,
      ...(cause === undefined ? {} : { cause: plainCause(cause) }),
    }
  }
}

/** What the message of a caught value is, whatever was thrown. */
export function messageOf(value: unknown): string {
  if (typeof value === 'object' && value !== null && 'message' in value) return String(value.message)
  return String(value)
}

function plainCause(cause: unknown): unknown {
  if (ExecdError.is(cause) && typeof cause.toJSON === 'function') return cause.toJSON()
  if (typeof cause !== 'object' || cause === null) return { message: String(cause) }
  const { name, code } = cause as { name?: unknown; code?: unknown }
  return {
    ...(typeof name === 'string' ? { name } : {}),
    ...(typeof code === 'string' || typeof code === 'number' ? { code } : {}),
    message: messageOf(cause),
  }
}
