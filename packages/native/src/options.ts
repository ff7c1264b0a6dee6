import { inspect } from 'node:util'
import { ExecdError } from '@execd/core/driver'
import { POOL_DEFAULTS, POOL_LIMITS, type PoolOptions } from './pool/options.js'

/** Options of the native driver. */
export interface NativeOptions {
  /** Absolute path of the init helper. Default: that of the installed platform package, or the environment's EXECD_INIT_PATH. */
  readonly initPath?: string
  /**
   * Parent cgroup of every container without a `cgroupParent`, from the top of the hierarchy as it is mounted. Default: "/execd"
   * for root, a delegated cgroup of the own for an ordinary user.
   */
  readonly cgroupParent?: string
  /**
   * Absolute path of the folder in which detached containers are written down, and who lives, so that others can tell what dead owners left. Drivers with the same folder find
   * each other's. Default: /run/execd/native for root, execd/native in $XDG_RUNTIME_DIR or /run/user/UID for others, else /tmp/execd-UID/native.
   */
  readonly stateDir?: string
  /** Keeps containers prepared, so that a start needs to give them their command only. Default: none; true: with the defaults of its fields. */
  readonly pool?: boolean | PoolOptions
}

const KNOWN: ReadonlySet<string> = new Set(['initPath', 'cgroupParent', 'stateDir', 'pool'])

function invalid(path: string, got: unknown, wanted: string): ExecdError {
  return new ExecdError(
    'EXECD_INVALID_OPTION',
    `native driver, option ${path}: wanted ${wanted}, got ${inspect(got)}`,
    {
      hint: `the options are ${[...KNOWN].join(', ')}`,
      details: { driver: 'native', path, got: inspect(got), wanted },
    },
  )
}

/** Checks options as a caller gave them. Throws EXECD_INVALID_OPTION. */
export function checkOptions(options: unknown): NativeOptions {
  if (options === undefined) return {}
  if (typeof options !== 'object' || options === null || Array.isArray(options))
    throw invalid('options', options, 'an object')
  for (const [name, value] of Object.entries(options)) {
    if (!KNOWN.has(name)) throw invalid(name, value, 'no such option')
    if (name === 'pool') checkPool(value)
    else if (
      value !== undefined &&
      (typeof value !== 'string' || !value.startsWith('/') || value.includes('\0'))
    ) {
      throw invalid(name, value, 'an absolute path')
    }
  }
  return options as NativeOptions
}

function checkPool(pool: unknown): void {
  if (pool === undefined || typeof pool === 'boolean') return
  if (typeof pool !== 'object' || pool === null || Array.isArray(pool))
    throw invalid('pool', pool, 'true, false or an object')
  for (const [name, value] of Object.entries(pool)) {
    const path = `pool.${name}`
    const limits = Object.hasOwn(POOL_LIMITS, name) ? POOL_LIMITS[name as keyof PoolOptions] : undefined
    if (limits === undefined)
      throw invalid(path, value, `no such option; there are ${Object.keys(POOL_LIMITS).join(', ')}`)
    const [least, most] = limits
    if (value !== undefined && !(Number.isInteger(value) && value >= least && value <= most))
      throw invalid(path, value, `a whole number from ${least} to ${most}`)
  }
}

/** The sizes of the pool; null for none. */
export function poolOptions({ pool }: NativeOptions): Required<PoolOptions> | null {
  if (pool === undefined || pool === false) return null
  const given = pool === true ? [] : Object.entries(pool).filter(([, value]) => value !== undefined)
  return { ...POOL_DEFAULTS, ...Object.fromEntries(given) }
}
