import { exceptionOf } from './exceptions.js'
import type { KitOptions } from './options.js'
import type { Plan } from './plan.js'
import { prepare } from './prepare.js'
import { limitOf, runCase } from './run-case.js'

/** The part of a test runner's `test` that the kit uses: that of jest, vitest and node:test. */
export interface TestFunction {
  /** The third argument is the time-out in milliseconds, for runners that take one there. */
  (name: string, work: () => Promise<void>, timeoutMs?: number): unknown
  /** Reports a test that does not run. Without it, cases that do not concern the driver are only printed. */
  readonly skip?: (name: string, work: () => Promise<void>) => unknown
}

/** Options of `conformance`. */
export interface ConformanceOptions extends KitOptions {
  readonly test: TestFunction
  /** Where the summary goes, line by line. Default: stderr. */
  readonly print?: (line: string) => void
}

/**
 * Declares every case that concerns the driver as a test of the runner. Await it at the top of a test file: it asks the driver what it declares before it can know
 * the tests. The last test removes the root file system that the kit built.
 */
export async function conformance(options: ConformanceOptions): Promise<Plan> {
  const { test, print = (line) => void process.stderr.write(`${line}\n`), timeoutMs } = options
  const prepared = await prepare(options)
  const { driver, cases, skips, ground } = prepared
  const excepted: string[] = []
  for (const one of cases) {
    const exception = exceptionOf(one, ground.capabilities)
    const note = exception === null ? '' : ` [excepted: ${bare(exception.reason)}]`
    if (exception !== null) excepted.push(`${one.id}: ${exception.reason}`)
    test(`${one.id}: ${one.title}${note}`, () => runCase(one, ground), limitOf(one, timeoutMs))
  }
  const leaveOut = test.skip
  for (const { id, title, reason } of skips)
    leaveOut?.(`${id}: ${title} [skipped: ${bare(reason)}]`, async () => {})
  test('the kit removes what it made for itself', async () => prepared.remove())
  process.once('exit', prepared.remove)
  print(
    `conformance of driver ${driver}: ${cases.length} cases, ${excepted.length} with an exception, ${skips.length} do not concern it`,
  )
  for (const line of excepted) print(`  ${line}`)
  for (const { id, reason } of skips) print(`  ${id}: ${reason}`)
  return { cases, skips }
}

/** The text between square brackets may hold none, so that a runner's title can be taken apart again. */
function bare(reason: string): string {
  return reason.replaceAll(/[[\]]/g, '')
}
