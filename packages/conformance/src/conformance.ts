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
  for (const one of cases)
    test(`${one.id}: ${one.title}`, () => runCase(one, ground), limitOf(one, timeoutMs))
  const leaveOut = test.skip
  for (const { id, title, reason } of skips)
    leaveOut?.(`${id}: ${title} [skipped: ${reason.replaceAll(/[[\]]/g, '')}]`, async () => {})
  test('the kit removes what it made for itself', async () => prepared.remove())
  process.once('exit', prepared.remove)
  print(`conformance of driver ${driver}: ${cases.length} cases, ${skips.length} do not concern it`)
  for (const { id, reason } of skips) print(`  ${id}: ${reason}`)
  return { cases, skips }
}
