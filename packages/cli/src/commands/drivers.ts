import type { DriverCapabilities, InstalledDriver, Support } from '@execd/core'
import { driversInReach, lookUpOf } from '../drivers/chosen.js'
import { withRuntime } from '../drivers/open.js'
import { describeError } from '../output/describe-error.js'
import { print, printJson } from '../output/print.js'
import { table } from '../output/table.js'
import type { Action, Given } from '../table/types.js'

/** What can be said of a driver; with a problem, it could not be loaded. */
interface Known {
  readonly name: string
  readonly package: string | null
  readonly version: string | null
  readonly usable: boolean
  readonly capabilities: DriverCapabilities | null
  readonly problem: string | null
}

export const action: Action = async ({ given, operands: [name] }) => {
  const names = name === undefined ? await driversInReach(given) : [name]
  if (given.on('quiet')) {
    await print(names.map((one) => `${one}\n`).join(''))
    return 0
  }
  const { installedDrivers } = await import('@execd/core')
  const packages = installedDrivers(lookUpOf(given))
  const drivers: Known[] = []
  for (const one of names) drivers.push(await look(given, one, packages))
  if (given.on('json')) await printJson(drivers)
  else await print(name === undefined ? listOf(drivers) : drivers.map(refusalsOf).join(''))
  return drivers.some(({ problem }) => problem !== null) ? 1 : 0
}

async function look(given: Given, name: string, packages: readonly InstalledDriver[]): Promise<Known> {
  const found = packages.find((one) => one.name === name || one.package === name)
  const base = { name, package: found?.package ?? null, version: found?.version || null }
  try {
    return await withRuntime(
      given,
      async (runtime) => {
        const [{ usable }, capabilities] = [await runtime.probe(), await runtime.capabilities()]
        return { ...base, usable, capabilities, problem: null }
      },
      name,
    )
  } catch (error) {
    const { message } = describeError(error, { entry: null, given: null })
    return { ...base, usable: false, capabilities: null, problem: message }
  }
}

function listOf(drivers: readonly Known[]): string {
  const rows = drivers.map(({ name, package: from, version, usable, capabilities, problem }) => [
    name,
    version ?? '',
    from ?? '',
    usable ? 'yes' : 'no',
    capabilities === null ? '' : countOf(capabilities.fields),
    problem ?? verbsOf(capabilities),
  ])
  return table(['DRIVER', 'VERSION', 'PACKAGE', 'USABLE', 'FIELDS', 'VERBS'], rows)
}

function countOf(fields: DriverCapabilities['fields']): string {
  const all = Object.values(fields)
  return `${all.filter((support) => support === true).length}/${all.length}`
}

function verbsOf(capabilities: DriverCapabilities | null): string {
  const verbs = Object.entries(capabilities?.verbs ?? {})
  return verbs.flatMap(([name, support]) => (support === true ? [name] : [])).join(' ')
}

function refusalsOf({ name, capabilities, problem }: Known): string {
  if (capabilities === null) return `${name}: ${problem}\n`
  const { fields, verbs } = capabilities
  const refused = [...Object.entries(verbs), ...Object.entries(fields)].flatMap(rowOf)
  return refused.length === 0
    ? `${name} can do everything here\n`
    : table([`${name} cannot do here`, 'REASON', 'REMEDY'], refused)
}

function rowOf([key, support]: readonly [string, Support | undefined]): string[][] {
  return support === true || support === undefined ? [] : [[key, support.reason, support.hint ?? '']]
}
