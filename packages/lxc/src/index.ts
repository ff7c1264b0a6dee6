import { defineDriver } from '@execd/core/driver'
import { LxcDriver } from './lxc-driver.js'
import type { LxcOptions } from './options.js'

export { LxcDriver } from './lxc-driver.js'
export type { LxcOptions } from './options.js'

/** Makes an LXC driver for `createRuntime({ driver: lxc({ ... }) })`. Throws EXECD_INVALID_OPTION. */
export function lxc(options?: LxcOptions): LxcDriver {
  return new LxcDriver(options)
}

/** The plugin: importing this package registers it as "lxc". */
export default defineDriver({
  name: 'lxc',
  apiVersion: 1,
  create: (options?: LxcOptions) => new LxcDriver(options),
})
