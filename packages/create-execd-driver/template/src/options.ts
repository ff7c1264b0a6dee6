import { ExecdError } from '@execd/core/driver'

/** Options of this driver: the `driverOptions` of `createRuntime`. */
export interface SampleOptions {
  /** Paths of the tools of util-linux. Default: those on PATH. */
  readonly unshare?: string
  readonly nsenter?: string
}

const NAMES = ['unshare', 'nsenter']

/**
 * Options as they came from the caller, who may have written them in plain JavaScript. A name that is not known is refused, never ignored.
 *
 * @throws ExecdError EXECD_INVALID_OPTION
 */
export function checkOptions(options: SampleOptions | undefined): SampleOptions {
  if (options === undefined) return {}
  if (typeof options !== 'object' || options === null) throw wrong('driverOptions', options, 'an object')
  for (const [name, value] of Object.entries(options)) {
    if (!NAMES.includes(name)) throw wrong(name, value, `one of ${NAMES.join(', ')}: there is no such option`)
    if (typeof value !== 'string' || !value.startsWith('/')) throw wrong(name, value, 'an absolute path')
  }
  return options
}

function wrong(path: string, value: unknown, wanted: string): ExecdError {
  const got = JSON.stringify(value) ?? String(value)
  const details = { driver: 'sample', path, got, wanted }
  return new ExecdError('EXECD_INVALID_OPTION', `${path}: wanted ${wanted}, got ${got}`, { details })
}
