import { statSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join, resolve } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { createRuntime } from '@execd/core'
import type { Driver, DriverPlugin } from '@execd/core/driver'

/** A driver as the kit takes it, found by name. */
export interface DriverModule {
  readonly createDriver: () => Driver | Promise<Driver>
  /** URL of the module whose default export is the plugin. */
  readonly module: string
  readonly moduleOptions: unknown
}

/**
 * Finds a driver by the name or path of its package, as `createRuntime({ driver, from })` does, for `conformance({ test, ...(await driverModule('mine')) })`. Core's
 * loader has the first word: what it refuses is refused here, with its error.
 *
 * @throws ExecdError EXECD_DRIVER_NOT_FOUND, EXECD_DRIVER_INVALID, EXECD_DRIVER_API_VERSION, EXECD_DRIVER_CONFLICT, EXECD_INVALID_OPTION
 */
export async function driverModule(
  driver: string,
  { from, driverOptions }: { from?: string | URL; driverOptions?: unknown } = {},
): Promise<DriverModule> {
  const start = from ?? process.cwd()
  const runtime = await createRuntime({ driver, from: start, driverOptions })
  await runtime.close()
  const file = locate(driver, startFile(String(start)))
  const module = pathToFileURL(file).href
  const loaded = (await import(module)) as { default: DriverPlugin | { default: DriverPlugin } }
  const plugin = 'create' in loaded.default ? loaded.default : loaded.default.default
  return { createDriver: () => plugin.create(driverOptions), module, moduleOptions: driverOptions }
}

/** A file in the folder that a look-up starts from. */
function startFile(from: string): string {
  const path = resolve(from.startsWith('file:') ? fileURLToPath(from) : from)
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() ? join(path, 'noop.js') : path
}

function locate(driver: string, start: string): string {
  const require = createRequire(start)
  if (driver.startsWith('file:')) return require.resolve(fileURLToPath(driver))
  if (/^\.{0,2}\//.test(driver)) return require.resolve(resolve(dirname(start), driver))
  const names = driver.startsWith('@') ? [driver] : [`@execd/${driver}`, `execd-driver-${driver}`, driver]
  for (const name of names) {
    try {
      return require.resolve(name)
    } catch {
      // The next name may be that of the package.
    }
  }
  return require.resolve(driver)
}
