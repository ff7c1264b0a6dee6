import { readdirSync, readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { isObject } from '../util/plain-object.js'
import { KNOWN_DRIVERS } from './known-drivers.js'
import type { LoadOptions } from './load.js'
import { startFolders } from './locate.js'

/** The word in the `keywords` of a package.json by which those of `@execd/` say that they are drivers. */
const KEYWORD = 'execd-driver'
const OWN = '@execd/'

/** A driver package that a look-up by name would find. */
export interface InstalledDriver {
  /** What `createRuntime({ driver })` takes for it. */
  readonly name: string
  /** Name of the package. */
  readonly package: string
  /** Version of the package; empty when it has none. */
  readonly version: string
  /** Its folder. */
  readonly folder: string
}

/**
 * The driver packages that are installed where the application sees them, those of execd first, then by name. None is loaded: whether one works, loading tells. A
 * package is one by its name, `execd-driver-*` or `@scope/execd-driver-*`; of those in `@execd/` it is one by the keyword "execd-driver".
 */
export function installedDrivers(options: LoadOptions = {}): InstalledDriver[] {
  const found = new Map<string, InstalledDriver>()
  for (const folder of moduleFolders(options))
    for (const name of packagesIn(folder)) {
      const driver = driverAt(folder, name)
      // The nearest one is the one that a look-up finds.
      if (driver !== undefined && !found.has(driver.package)) found.set(driver.package, driver)
    }
  return [...byName([...found.values()]).values()].sort(inOrder)
}

function moduleFolders(options: LoadOptions): string[] {
  const folders = startFolders(options.from).flatMap(
    (folder) => createRequire(join(folder, 'noop.js')).resolve.paths(KEYWORD) ?? [],
  )
  return [...new Set(folders)]
}

function packagesIn(folder: string): string[] {
  return entriesOf(folder).flatMap((name) =>
    name.startsWith('@') ? entriesOf(join(folder, name)).map((inner) => `${name}/${inner}`) : [name],
  )
}

function entriesOf(folder: string): string[] {
  try {
    return readdirSync(folder).filter((name) => !name.startsWith('.'))
  } catch {
    return []
  }
}

function driverAt(parent: string, name: string): InstalledDriver | undefined {
  const isNamed = /^(@[^/]+\/)?execd-driver-/.test(name)
  if (!isNamed && !name.startsWith(OWN)) return undefined
  const folder = join(parent, name)
  const manifest = manifestOf(folder)
  if (manifest === undefined) return undefined
  const { keywords, version } = manifest
  if (!isNamed && !(Array.isArray(keywords) && keywords.includes(KEYWORD))) return undefined
  return {
    name: shortName(name),
    package: name,
    version: typeof version === 'string' ? version : '',
    folder,
  }
}

function manifestOf(folder: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const manifest: unknown = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'))
    return isObject(manifest) ? manifest : undefined
  } catch {
    return undefined
  }
}

/** The shortest name that the loader finds the package by. */
function shortName(name: string): string {
  return /^(?:@execd\/|execd-driver-)(.+)$/.exec(name)?.[1] ?? name
}

/** Of two packages with one short name the loader takes that of execd; the other one is found by its whole name. */
function byName(drivers: readonly InstalledDriver[]): Map<string, InstalledDriver> {
  const named = new Map<string, InstalledDriver>()
  for (const driver of [...drivers].sort(ofExecdFirst)) {
    const name = named.has(driver.name) ? driver.package : driver.name
    named.set(name, { ...driver, name })
  }
  return named
}

function ofExecdFirst(one: InstalledDriver, other: InstalledDriver): number {
  return Number(other.package.startsWith('@execd/')) - Number(one.package.startsWith('@execd/'))
}

function inOrder(one: InstalledDriver, other: InstalledDriver): number {
  return rank(one) - rank(other) || (one.name < other.name ? -1 : 1)
}

function rank({ package: name }: InstalledDriver): number {
  const at = KNOWN_DRIVERS.findIndex((known) => name === `@execd/${known}`)
  return at === -1 ? KNOWN_DRIVERS.length : at
}
