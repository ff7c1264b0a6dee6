import type { InstalledDriver } from '@execd/core'
import { Failure } from '../failure.js'
import type { Given } from '../table/types.js'

/** The driver that the command line or EXECD_DRIVER names, or undefined. */
export function namedDriver(given: Given): string | undefined {
  return given.text('driver') ?? (process.env.EXECD_DRIVER || undefined)
}

/** Where drivers are looked for, as core takes it. Pure. */
export function lookUpOf(given: Given): { readonly from?: string } {
  const from = given.text('from')
  return from === undefined ? {} : { from }
}

/** The driver that was named, else the first one that is installed. */
export async function chosenDriver(given: Given): Promise<string> {
  return namedDriver(given) ?? ((await installed(given))[0] as InstalledDriver).name
}

/** The driver that was named, else all that are installed: one at least. */
export async function driversInReach(given: Given): Promise<readonly string[]> {
  const named = namedDriver(given)
  return named === undefined ? (await installed(given)).map(({ name }) => name) : [named]
}

async function installed(given: Given): Promise<readonly InstalledDriver[]> {
  const { installedDrivers } = await import('@execd/core')
  const drivers = installedDrivers(lookUpOf(given))
  if (drivers.length > 0) return drivers
  throw new Failure(
    'no driver is installed where execd looks',
    'npm install @execd/native; --from says where else to look',
  )
}
