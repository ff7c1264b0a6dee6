import type { Runtime } from '@execd/core'
import type { Given } from '../table/types.js'
import { UsageError } from '../usage-error.js'
import { chosenDriver, lookUpOf, namedDriver } from './chosen.js'

/** A runtime over a driver: the given one, else the one that was named, else the first one that is installed. */
export async function openRuntime(given: Given, driver?: string): Promise<Runtime> {
  const { createRuntime } = await import('@execd/core')
  const driverOptions = driverOptionsOf(given)
  return createRuntime({ driver: driver ?? (await chosenDriver(given)), driverOptions, ...lookUpOf(given) })
}

/** Calls back with a runtime that is closed afterwards. */
export async function withRuntime<Result>(
  given: Given,
  act: (runtime: Runtime) => Promise<Result>,
  driver?: string,
): Promise<Result> {
  const runtime = await openRuntime(given, driver)
  try {
    return await act(runtime)
  } finally {
    await runtime.close()
  }
}

function driverOptionsOf(given: Given): unknown {
  const text = given.text('driver-options')
  if (text === undefined) return undefined
  if (namedDriver(given) === undefined)
    throw new UsageError('--driver-options: wanted together with --driver')
  try {
    return JSON.parse(text)
  } catch {
    throw new UsageError(`--driver-options: wanted JSON, got ${JSON.stringify(text)}`)
  }
}
