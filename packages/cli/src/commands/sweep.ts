import type { SweepReport } from '@execd/core'
import { allKnown } from '../detached/reach.js'
import { sweepRecords } from '../detached/sweep-records.js'
import { driversInReach, namedDriver } from '../drivers/chosen.js'
import { withRuntime } from '../drivers/open.js'
import { print, printJson } from '../output/print.js'
import { table } from '../output/table.js'
import type { Action, Given } from '../table/types.js'

interface Swept extends SweepReport {
  readonly driver: string
}

export const action: Action = async ({ given }) => {
  const swept: Swept[] = []
  for (const driver of await driversInReach(given)) swept.push(...(await sweep(given, driver)))
  const folders = sweepRecords(await allKnown(given))
  if (given.on('json')) await printJson({ drivers: swept, folders })
  else await print(textOf(swept, folders))
  return swept.every(({ problems }) => problems.length === 0) ? 0 : 1
}

/** Nothing of a driver that does not sweep, unless it was asked for; one that fails keeps nobody from the others. */
async function sweep(given: Given, driver: string): Promise<Swept[]> {
  try {
    return [{ driver, ...(await withRuntime(given, (runtime) => runtime.sweep(), driver)) }]
  } catch (error) {
    if (namedDriver(given) !== undefined) throw error
    const { code = 'EPROTO' } = error as { code?: string }
    return code === 'EXECD_UNSUPPORTED'
      ? []
      : [{ driver, removed: [], problems: [{ step: 'sweep', errno: code }] }]
  }
}

function textOf(swept: readonly Swept[], folders: readonly string[]): string {
  const rows = swept.flatMap(({ driver, removed, problems }) => [
    ...removed.map(({ kind, name }) => [driver, `${kind} removed`, name]),
    ...problems.map(({ step, errno }) => [driver, 'not removed', `${step}: ${errno}`]),
  ])
  rows.push(...folders.map((folder) => ['execd', 'folder removed', folder]))
  return rows.length === 0 ? 'nothing was left\n' : table(['DRIVER', 'WHAT', 'NAME'], rows)
}
