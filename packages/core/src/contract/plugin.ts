import type { Driver } from './driver.js'

/** A driver package's default export. */
export interface DriverPlugin<Options = unknown> {
  readonly name: string
  /** DRIVER_API_VERSION that it was written for. */
  readonly apiVersion: number
  /** Makes a driver. Owns the validation of its options: EXECD_INVALID_OPTION. */
  create(options?: Options): Driver | Promise<Driver>
}
