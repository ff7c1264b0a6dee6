import type { DetachedContainer, Runtime } from '@execd/core'
import { driversInReach, namedDriver } from '../drivers/chosen.js'
import { driverOptionsOf, openDriver, withRuntime } from '../drivers/open.js'
import { describeError } from '../output/describe-error.js'
import { note } from '../run/note.js'
import type { Given } from '../table/types.js'
import { fromDriver, fromRecord, type Known } from './known.js'
import { type ContainerRecord, Records } from './records.js'

/** A driver as it is to be opened: by the command line, or as the record of a container says. */
export interface DriverChoice {
  readonly name: string
  readonly record: ContainerRecord | null
}

/** Calls back with a runtime over a chosen driver. */
export function withDriver<Result>(
  given: Given,
  { name, record }: DriverChoice,
  act: (runtime: Runtime) => Promise<Result>,
): Promise<Result> {
  if (record === null) return withRuntime(given, act, name)
  const { driver, driverOptions, from } = record
  return openDriver({ driver, driverOptions, ...(from === null ? {} : { from }) }, act)
}

/** All detached containers: of the driver that was named, else of all that are installed or have a record. */
export async function allKnown(given: Given, records = new Records()): Promise<Known[]> {
  const named = namedDriver(given)
  const kept = records.all().filter(({ driver }) => (named ?? driver) === driver)
  const answers: Answer[] = []
  for (const choice of await choicesOf(given, kept)) answers.push(await ask(given, choice))
  for (const { name, error } of answers)
    if (error !== null && !isUnsupported(error))
      note(`driver ${name}: ${describeError(error, NOTHING).message}`)
  const found = new Map<string, Known>()
  for (const { name, containers } of answers)
    for (const container of containers) {
      const record = kept.find(({ id, driver }) => id === container.id && driver === name) ?? null
      if (!found.has(container.id)) found.set(container.id, fromDriver(name, container, record))
    }
  // Read again: what ended while the drivers were asked has its end in the record by now.
  for (const { id } of kept) {
    const record = found.has(id) ? undefined : await records.settled(id)
    if (record !== undefined && record.starter === null) found.set(id, fromRecord(record))
  }
  const failed = answers.filter(({ error }) => error !== null)
  if (named !== undefined && found.size === 0 && failed.length === answers.length) throw failed[0]?.error
  return [...found.values()].sort((one, other) => (one.startedAt ?? 0) - (other.startedAt ?? 0))
}

const NOTHING = { entry: null, given: null }

/** What a driver says of its detached containers, or why it does not. */
interface Answer {
  readonly name: string
  readonly containers: readonly DetachedContainer[]
  readonly error: unknown
}

/** Each driver once for each way in which it was created. */
async function choicesOf(given: Given, kept: readonly ContainerRecord[]): Promise<DriverChoice[]> {
  const choices = new Map<string, DriverChoice>()
  for (const record of kept.filter(({ ended }) => ended === null)) {
    const { driver, driverOptions, from } = record
    choices.set(JSON.stringify([driver, driverOptions ?? null, from]), { name: driver, record })
  }
  const hasNoDriver = namedDriver(given) === undefined && kept.length > 0
  const names = await driversInReach(given).catch((error: unknown) => {
    if (hasNoDriver) return []
    throw error
  })
  for (const name of names) {
    const key = JSON.stringify([name, driverOptionsOf(given) ?? null, given.text('from') ?? null])
    if (!choices.has(key)) choices.set(key, { name, record: null })
  }
  return [...choices.values()]
}

async function ask(given: Given, choice: DriverChoice): Promise<Answer> {
  const { name } = choice
  try {
    return { name, containers: await withDriver(given, choice, (runtime) => runtime.detached()), error: null }
  } catch (error) {
    return { name, containers: [], error }
  }
}

function isUnsupported(error: unknown): boolean {
  return (error as { code?: unknown }).code === 'EXECD_UNSUPPORTED'
}
