import { checkDriver } from './contract/check-driver.js'
import type { Driver } from './contract/driver.js'
import type { DriverPlugin } from './contract/plugin.js'
import { ExecdError } from './errors/execd-error.js'
import { toExecdError } from './errors/to-execd-error.js'
import { ManagedDriver } from './lifecycle/managed-driver.js'
import { invalidOption } from './lifecycle/parse-options.js'
import { Runtime } from './lifecycle/runtime.js'
import { loadDriver } from './plugin/load.js'
import { isObject } from './util/plain-object.js'

/** Options of `createRuntime`. */
export interface RuntimeOptions {
  /**
   * A driver's name ("native": the package @execd/native), the path of its package, its plugin, or a driver object. A driver object belongs to the runtime
   * from then on: it is disposed with it and cannot be given to another one.
   */
  driver: string | Driver | DriverPlugin
  /** A file or folder that the look-up of a name or a relative path starts from. Default: the folder of the main module. */
  from?: string | URL
  /** What the driver is created with; see the driver. Not with a driver object, which has its own already. */
  driverOptions?: unknown
}

const NAMES: readonly string[] = ['driver', 'from', 'driverOptions'] satisfies Array<keyof RuntimeOptions>
const owned = new WeakSet<Driver>()

/**
 * Makes a runtime: loads the driver and creates it. Nothing is started.
 *
 * @throws ExecdError EXECD_DRIVER_NOT_FOUND, EXECD_DRIVER_INVALID, EXECD_DRIVER_API_VERSION, EXECD_DRIVER_CONFLICT, EXECD_INVALID_OPTION
 */
export async function createRuntime(options: RuntimeOptions): Promise<Runtime> {
  const { driver, from, driverOptions } = checkOptions(options)
  const made = isDriver(driver)
    ? given(driver, options)
    : await create(await loadDriver(driver, from === undefined ? {} : { from }), driverOptions)
  owned.add(made)
  return new Runtime(new ManagedDriver(made))
}

function checkOptions(options: RuntimeOptions): RuntimeOptions {
  if (!isObject(options))
    throw invalidOption([{ path: 'options', wanted: 'an object with a `driver`', got: typeof options }])
  const unknown = Object.keys(options).filter((name) => !NAMES.includes(name))
  if (unknown.length === 0) return options
  throw invalidOption(
    unknown.map((path) => ({
      path,
      wanted: `no such option; there are ${NAMES.join(', ')}`,
      got: 'a value',
    })),
  )
}

/** A plugin creates, a driver runs. */
function isDriver(value: string | Driver | DriverPlugin): value is Driver {
  return isObject(value) && !('create' in value) && 'run' in value
}

function given(driver: Driver, { from, driverOptions }: RuntimeOptions): Driver {
  for (const [path, value] of Object.entries({ from, driverOptions })) {
    if (value !== undefined)
      throw invalidOption([{ path, wanted: 'nothing together with a driver object', got: 'a value' }])
  }
  const checked = checkDriver(driver, 'the `driver` option')
  if (!owned.has(checked)) return checked
  throw new ExecdError(
    'EXECD_INVALID_OPTION',
    'driver: wanted a driver object of its own, got one that belongs to another runtime',
    {
      hint: 'make one driver object for each runtime, or pass the plugin',
      details: { path: 'driver', driver: checked.name },
    },
  )
}

async function create(plugin: DriverPlugin, options: unknown): Promise<Driver> {
  try {
    return checkDriver(await plugin.create(options), `what driver ${plugin.name} creates`)
  } catch (error) {
    throw toExecdError(error, plugin.name)
  }
}
