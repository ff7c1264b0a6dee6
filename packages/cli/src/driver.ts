import type { Runtime } from '@execd/core'
import type { Given } from './table/types.js'
import { UsageError } from './usage-error.js'

/** The driver that the command line or EXECD_DRIVER names, or undefined. */
export function namedDriver(given: Given): string | undefined {
  return given.text('driver') ?? (process.env.EXECD_DRIVER || undefined)
}

/** A runtime over the driver that was asked for, else the first one that is installed. */
export async function openRuntime(given: Given): Promise<Runtime> {
  const { createRuntime } = await import('@execd/core')
  const driver = namedDriver(given) ?? 'native'
  const from = given.text('from')
  return createRuntime({
    driver,
    driverOptions: driverOptions(given),
    ...(from === undefined ? {} : { from }),
  })
}

function driverOptions(given: Given): unknown {
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
