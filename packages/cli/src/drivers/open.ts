import type { Runtime, RuntimeOptions } from '@execd/core'
import type { Given } from '../table/types.js'
import { UsageError } from '../usage-error.js'
import { chosenDriver, lookUpOf, namedDriver } from './chosen.js'

/** Calls back with a runtime that is closed afterwards: over a driver, else the one that was named, else the first one that is installed. */
export async function withRuntime<Result>(
  given: Given,
  act: (runtime: Runtime) => Promise<Result>,
  driver?: string,
): Promise<Result> {
  const driverOptions = driverOptionsOf(given)
  return openDriver({ driver: driver ?? (await chosenDriver(given)), driverOptions, ...lookUpOf(given) }, act)
}

/** Calls back with a runtime that is closed afterwards. */
export async function openDriver<Result>(
  options: RuntimeOptions,
  act: (runtime: Runtime) => Promise<Result>,
): Promise<Result> {
  const { createRuntime } = await import('@execd/core')
  const runtime = await createRuntime(options)
  try {
    return await act(runtime)
  } finally {
    await runtime.close()
  }
}

/** The options of --driver-options, or those of EXECD_DRIVER_OPTIONS for the driver of EXECD_DRIVER, or undefined. */
export function driverOptionsOf(given: Given): unknown {
  const text = given.text('driver-options')
  if (text !== undefined) {
    if (namedDriver(given) === undefined)
      throw new UsageError('--driver-options: wanted together with --driver')
    return parsed('--driver-options', text)
  }
  const { EXECD_DRIVER, EXECD_DRIVER_OPTIONS } = process.env
  const isMeant = EXECD_DRIVER && EXECD_DRIVER_OPTIONS && !given.has('driver')
  return isMeant ? parsed('EXECD_DRIVER_OPTIONS', EXECD_DRIVER_OPTIONS) : undefined
}

function parsed(name: string, text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    throw new UsageError(`${name}: wanted JSON, got ${JSON.stringify(text)}`)
  }
}
