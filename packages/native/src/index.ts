import { defineDriver } from '@execd/core/driver'
import { NativeDriver } from './native-driver.js'
import type { NativeOptions } from './options.js'

export { NativeDriver } from './native-driver.js'
export type { NativeOptions } from './options.js'
export type { PoolOptions } from './pool/options.js'
export type { PoolStatus } from './pool/pool.js'

/** Makes a native driver for `createRuntime({ driver: native({ ... }) })`. Throws EXECD_INVALID_OPTION. */
export function native(options?: NativeOptions): NativeDriver {
  return new NativeDriver(options)
}

/** The plugin: importing this package registers it as "native". */
export default defineDriver({
  name: 'native',
  apiVersion: 1,
  create: (options?: NativeOptions) => new NativeDriver(options),
})
