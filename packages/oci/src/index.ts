import { defineDriver } from '@execd/core/driver'
import { OciDriver } from './oci-driver.js'
import type { OciOptions } from './options.js'

export { OciDriver } from './oci-driver.js'
export type { OciOptions } from './options.js'
export type { CreatedDevice } from './spec/devices.js'
export { toJson } from './spec/json.js'
export type { IdMaps, SharedPaths } from './spec/namespaces.js'
export type * from './spec/oci-types.js'
export type { NumericUser } from './spec/process.js'
export { type OciSpecOptions, toOciSpec } from './spec/to-oci-spec.js'

/** Makes an OCI driver for `createRuntime({ driver: oci({ ... }) })`. Throws EXECD_INVALID_OPTION. */
export function oci(options?: OciOptions): OciDriver {
  return new OciDriver(options)
}

/** The plugin: importing this package registers it as "oci". */
export default defineDriver({
  name: 'oci',
  apiVersion: 1,
  create: (options?: OciOptions) => new OciDriver(options),
})
