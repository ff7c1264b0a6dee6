import type { DriverPlugin } from '../contract/plugin.js'
import { checkPlugin } from './check-plugin.js'
import { register } from './registry.js'

/**
 * Declares a driver: checks its shape, registers it under its name for this process, and gives it back, to be the default export of the package.
 *
 * @throws ExecdError EXECD_DRIVER_INVALID, EXECD_DRIVER_API_VERSION
 */
export function defineDriver<Options = unknown>(plugin: DriverPlugin<Options>): DriverPlugin<Options> {
  register(checkPlugin(plugin, 'defineDriver()'))
  return plugin
}
