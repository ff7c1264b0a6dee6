import { DRIVER_API_VERSION, defineDriver } from '@execd/core/driver'
import { SampleDriver } from './driver.js'
import { checkOptions, type SampleOptions } from './options.js'

/** The plugin: `createRuntime({ driver: 'sample', driverOptions })` finds it by the name of this package. */
export default defineDriver<SampleOptions>({
  name: 'sample',
  apiVersion: DRIVER_API_VERSION,
  create: (options) => new SampleDriver(checkOptions(options)),
})

export { SampleDriver, type SampleOptions }
