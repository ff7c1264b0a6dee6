import { ExecdError } from '../errors/execd-error.js'
import type { Driver } from './driver.js'

const METHODS = [
  'capabilities',
  'probe',
  'run',
  'exec',
  'kill',
  'pause',
  'unpause',
  'getPids',
  'stats',
  'update',
  'resize',
  'terminate',
  'clean',
  'info',
  'detached',
  'recover',
  'sweep',
  Symbol.asyncDispose,
] as const satisfies ReadonlyArray<Exclude<keyof Driver, 'name'>>

/** The value as a driver. Throws EXECD_DRIVER_INVALID that names every part of the contract that it lacks. `from` says where it comes from. */
export function checkDriver(value: unknown, from: string): Driver {
  const part = (key: string | symbol): unknown =>
    (value as Record<string | symbol, unknown> | null | undefined)?.[key]
  const missing = METHODS.filter((method) => typeof part(method) !== 'function').map(
    (method) => `${String(method)}()`,
  )
  if (typeof part('name') !== 'string' || part('name') === '') missing.unshift('name')
  if (missing.length === 0) return value as Driver
  throw new ExecdError('EXECD_DRIVER_INVALID', `${from} is no driver: it lacks ${missing.join(', ')}`, {
    hint: 'a class that extends DriverBase of @execd/core/driver has refusing defaults for all optional methods',
    details: { missing },
  })
}
