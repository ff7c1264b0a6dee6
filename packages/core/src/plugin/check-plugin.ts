import { DRIVER_API_VERSION } from '../contract/driver.js'
import type { DriverPlugin } from '../contract/plugin.js'
import { ExecdError } from '../errors/execd-error.js'
import { isObject } from '../util/plain-object.js'

const NAME = /^[a-z][a-z0-9-]{0,63}$/

/**
 * The value as a plugin. `from` says where it came from, in words for the message.
 *
 * @throws ExecdError EXECD_DRIVER_INVALID naming every part that is missing or wrong.
 * @throws ExecdError EXECD_DRIVER_API_VERSION when it was written for another version of the contract.
 */
export function checkPlugin(value: unknown, from: string): DriverPlugin {
  if (!isObject(value)) {
    throw new ExecdError(
      'EXECD_DRIVER_INVALID',
      `${from} is no driver: wanted { name, apiVersion, create }, got ${kind(value)}`,
    )
  }
  const { name, apiVersion, create } = value
  const wrong: string[] = []
  if (typeof name !== 'string' || !NAME.test(name))
    wrong.push('`name`: wanted 1 to 64 of a-z 0-9 -, a letter first')
  if (!Number.isInteger(apiVersion) || (apiVersion as number) < 1)
    wrong.push('`apiVersion`: wanted a whole number')
  if (typeof create !== 'function') wrong.push('`create`: wanted a function')
  if (wrong.length > 0)
    throw new ExecdError('EXECD_DRIVER_INVALID', `${from} is no driver: ${wrong.join('; ')}`)
  const plugin = value as unknown as DriverPlugin
  if (plugin.apiVersion !== DRIVER_API_VERSION) throw versionError(plugin, from, DRIVER_API_VERSION)
  return plugin
}

/** The error for a plugin that was written for another version of the contract than core has. */
export function versionError(
  plugin: Pick<DriverPlugin, 'name' | 'apiVersion'>,
  from: string,
  core: number,
): ExecdError {
  const { name, apiVersion } = plugin
  const driverIsOlder = apiVersion < core
  return new ExecdError(
    'EXECD_DRIVER_API_VERSION',
    `${from}: driver ${name} was written for version ${apiVersion} of the driver contract, this @execd/core has version ${core}; ` +
      `the ${driverIsOlder ? 'driver' : '@execd/core'} is older`,
    {
      hint: driverIsOlder ? `upgrade the package of driver ${name}` : 'npm install @execd/core@latest',
      details: { driver: name, got: String(apiVersion), wanted: String(core) },
    },
  )
}

function kind(value: unknown): string {
  if (value === undefined) return 'nothing'
  return value === null ? 'null' : Array.isArray(value) ? 'an array' : `a ${typeof value}`
}
