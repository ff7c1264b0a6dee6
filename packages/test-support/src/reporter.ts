import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { type JestRun, type Results, summarize, verdict } from './results.js'

/** Options given to the reporter in the jest configuration. */
export interface ReporterOptions {
  readonly package: string
  readonly level: string
  /** File that gets the counts of the run as JSON. */
  readonly file: string
  /** True when a pattern picks tests by name: the others are then not reported as skipped. */
  readonly filtered: boolean
}

/**
 * Jest reporter: prints each skipped test with its reason, writes the counts to a file, and makes the run fail where nothing
 * ran, or where something was skipped although EXECD_REQUIRE_ALL=1 demands everything.
 */
export default class SkipReporter {
  readonly #options: ReporterOptions
  #error: Error | undefined

  constructor(_config: unknown, options: ReporterOptions) {
    this.#options = options
  }

  /** Called by jest when all test files have ended. */
  onRunComplete(_contexts: unknown, run: JestRun): void {
    const { package: name, level, file, filtered } = this.#options
    const all = summarize(run, { package: name, level })
    const results: Results = filtered ? { ...all, skipped: [] } : all
    mkdirSync(dirname(file), { recursive: true })
    writeFileSync(file, `${JSON.stringify(results, undefined, 2)}\n`)
    for (const { title, reason } of results.skipped) {
      process.stderr.write(`skipped: ${title}: ${reason}\n`)
    }
    const problem = filtered ? undefined : verdict(results, process.env.EXECD_REQUIRE_ALL === '1')
    if (problem !== undefined) {
      process.stderr.write(`${name} ${level}: ${problem}\n`)
      this.#error = new Error(problem)
    }
  }

  /** Called by jest at the end: an error makes its exit status 1. */
  getLastError(): Error | undefined {
    return this.#error
  }
}
