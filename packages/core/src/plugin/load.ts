import { pathToFileURL } from 'node:url'
import type { DriverPlugin } from '../contract/plugin.js'
import { ExecdError, messageOf } from '../errors/execd-error.js'
import { closest } from '../util/edit-distance.js'
import { isObject } from '../util/plain-object.js'
import { checkPlugin } from './check-plugin.js'
import { KNOWN_DRIVERS } from './known-drivers.js'
import { type Located, locatePackage, locatePath, startFolders } from './locate.js'
import { registered } from './registry.js'

export interface LoadOptions {
  /** A file or folder, as a path or a file: URL, that the look-up starts from. Default: the main module's folder, then the working folder. */
  readonly from?: string | URL
}

const PACKAGE_NAME = /^(@[a-z0-9~-][a-z0-9._~-]*\/)?[a-z0-9~-][a-z0-9._~-]*$/

/**
 * Gives a driver's plugin. A plugin is checked and given back; a path (`./x`, `/x`, `file:`) is imported; a name is looked up as a package: `native` as
 * `@execd/native`, then `execd-driver-native`, then `native` itself; a scoped name as it is. A name that no package answers to may be that of a plugin which
 * `defineDriver()` has registered in this process.
 *
 * @throws ExecdError EXECD_DRIVER_NOT_FOUND: not installed where the application sees it.
 * @throws ExecdError EXECD_DRIVER_INVALID: no driver, or it failed to load (see the cause).
 * @throws ExecdError EXECD_DRIVER_API_VERSION: written for another version of the contract.
 * @throws ExecdError EXECD_DRIVER_CONFLICT: two different plugins are registered under the name.
 * @throws ExecdError EXECD_INVALID_OPTION: neither a name, a path nor a plugin.
 */
export async function loadDriver(
  driver: string | DriverPlugin,
  options: LoadOptions = {},
): Promise<DriverPlugin> {
  if (typeof driver !== 'string') return checkPlugin(driver, 'the `driver` option')
  const folders = startFolders(options.from)
  if (/^(\.{0,2}\/|\.{1,2}$|file:)/.test(driver)) {
    const located = locatePath(driver, folders)
    if (located.file !== undefined) return importPlugin(located.file)
    throw notFound(driver, [], located)
  }
  if (!PACKAGE_NAME.test(driver)) throw badName(driver)
  const names = packageNames(driver)
  const located = locatePackage(names, folders)
  if (located.file !== undefined) return importPlugin(located.file)
  return fromRegistry(driver) ?? raise(notFound(driver, names, located))
}

function raise(error: ExecdError): never {
  throw error
}

function packageNames(name: string): string[] {
  return name.startsWith('@') ? [name] : [`@execd/${name}`, `execd-driver-${name}`, name]
}

function fromRegistry(name: string): DriverPlugin | undefined {
  const plugins = registered(name)
  if (plugins.length > 1) {
    throw new ExecdError(
      'EXECD_DRIVER_CONFLICT',
      `${plugins.length} different drivers are registered as "${name}"`,
      { details: { driver: name } },
    )
  }
  return plugins[0]
}

async function importPlugin(file: string): Promise<DriverPlugin> {
  const module = await importFile(file)
  const exported = module.default
  // A CommonJS package compiled from ESM has its default export one level deeper.
  const inner = isObject(exported) && exported.__esModule === true ? exported.default : exported
  return checkPlugin(inner, `the default export of ${file}`)
}

async function importFile(file: string): Promise<{ readonly default?: unknown }> {
  try {
    return await import(pathToFileURL(file).href)
  } catch (error) {
    if (ExecdError.is(error)) throw error
    throw new ExecdError('EXECD_DRIVER_INVALID', `the driver ${file} failed to load: ${messageOf(error)}`, {
      hint: 'the cause is what was thrown while the package was loaded; a dependency of it may be missing: install the package again',
      cause: error,
    })
  }
}

function notFound(
  driver: string,
  names: readonly string[],
  located: Located & { file: undefined },
): ExecdError {
  if (located.broken !== undefined) {
    return new ExecdError('EXECD_DRIVER_INVALID', `the driver package ${located.broken}`, {
      hint: 'install the package again, or ask its author',
    })
  }
  const what = names.length === 0 ? '' : ` (looked for ${names.join(', ')})`
  return new ExecdError(
    'EXECD_DRIVER_NOT_FOUND',
    `driver "${driver}" is not installed${what}; looked from ${located.tried.join(' and ')}`,
    {
      hint:
        names.length === 0
          ? 'check the path; a relative one starts at `from`, else at the folder of the main module'
          : installHint(driver),
      details: { driver, wanted: names.join(', ') || driver, tried: located.tried },
    },
  )
}

function installHint(name: string): string {
  if (name.startsWith('@') || name.startsWith('execd-driver-')) return `npm install ${name}`
  if (KNOWN_DRIVERS.includes(name)) return `npm install @execd/${name}`
  const meant = closest(name, KNOWN_DRIVERS)
  if (meant !== undefined) return `did you mean "${meant}"? npm install @execd/${meant}`
  return `npm install execd-driver-${name}; drivers of execd are ${KNOWN_DRIVERS.join(', ')}`
}

function badName(driver: string): ExecdError {
  const details = {
    path: 'driver',
    got: JSON.stringify(driver),
    wanted: 'a driver object, or the name or path of a package',
  }
  return new ExecdError('EXECD_INVALID_OPTION', `driver: wanted ${details.wanted}, got ${details.got}`, {
    details,
  })
}
