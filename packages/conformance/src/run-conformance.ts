import { type Case, groupOf } from './case.js'
import { exceptionOf } from './exceptions.js'
import { wordsOf } from './expect.js'
import type { Ground } from './make-context.js'
import type { KitOptions } from './options.js'
import { prepare } from './prepare.js'
import type { CaseResult, Report } from './report/report.js'
import { runCase } from './run-case.js'

/** Options of `runConformance`. */
export interface RunnerOptions extends KitOptions {
  /** How many cases run at once, but for those that look at the whole process. Default: 1. */
  readonly parallel?: number
  /** Called after each case. */
  readonly onResult?: (result: CaseResult) => void
}

/** Runs the kit without a test runner. Resolves also when cases fail; the results are in the order of the cases. */
export async function runConformance(options: RunnerOptions): Promise<Report> {
  const { parallel = 1, onResult = () => {} } = options
  const { driver, cases, skips, ground, remove } = await prepare(options)
  const found = new Map<string, CaseResult>()
  const work = async (queue: Case[]): Promise<void> => {
    for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
      const result = await resultOf(next, ground)
      found.set(next.id, result)
      onResult(result)
    }
  }
  try {
    const together = cases.filter(({ id }) => groupOf(id) !== 'cleanup')
    await Promise.all(Array.from({ length: Math.max(1, parallel) }, () => work(together)))
    await work(cases.filter(({ id }) => groupOf(id) === 'cleanup'))
  } finally {
    remove()
  }
  const skipped = skips.map((skip): CaseResult => ({ ...skip, status: 'skipped', milliseconds: 0 }))
  for (const skip of skipped) onResult(skip)
  return { driver, results: [...cases.flatMap(({ id }) => found.get(id) ?? []), ...skipped] }
}

async function resultOf(one: Case, ground: Ground): Promise<CaseResult> {
  const { id, title } = one
  const began = performance.now()
  const took = (): number => Math.round(performance.now() - began)
  try {
    await runCase(one, ground)
    const exception = exceptionOf(one, ground.capabilities)
    const status = exception === null ? 'passed' : 'excepted'
    return { id, title, status, milliseconds: took(), reason: exception?.reason ?? null }
  } catch (error) {
    return { id, title, status: 'failed', milliseconds: took(), reason: wordsOf(error) }
  }
}
