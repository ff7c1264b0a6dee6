import { writeFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { ExecdError } from '@execd/core'
import { driverModule } from '../driver-module.js'
import { jsonReport } from '../report/json.js'
import { markdownReport } from '../report/markdown.js'
import { type CaseResult, countsOf } from '../report/report.js'
import { tableReport } from '../report/table.js'
import { runConformance } from '../run-conformance.js'
import { type Arguments, parseArguments, USAGE } from './arguments.js'

const MARKS: Readonly<Record<CaseResult['status'], string>> = {
  passed: 'ok',
  failed: 'FAILED',
  excepted: 'excepted',
  skipped: 'skipped',
}

/** The command `execd-conformance`. Gives the exit code. */
export async function main(args: readonly string[]): Promise<number> {
  if (args.includes('--help')) {
    process.stdout.write(USAGE)
    return 0
  }
  let wanted: Arguments
  try {
    wanted = parseArguments(args)
  } catch (error) {
    process.stderr.write(`execd-conformance: ${messageOf(error)}\n\n${USAGE}`)
    return 2
  }
  try {
    return await run(wanted)
  } catch (error) {
    process.stderr.write(`execd-conformance: ${messageOf(error)}\n`)
    return ExecdError.is(error, 'EXECD_INVALID_OPTION') && error.details.path === 'only' ? 2 : 1
  }
}

async function run({
  driver,
  json,
  markdown,
  rootfs,
  from,
  options,
  timeoutMs,
  only,
}: Arguments): Promise<number> {
  const found = await driverModule(driver, {
    driverOptions: options,
    ...(from === null ? {} : { from: resolve(from) }),
  })
  const report = await runConformance({
    ...found,
    ...(rootfs === null ? {} : { rootfs: resolve(rootfs) }),
    ...(timeoutMs === null ? {} : { timeoutMs }),
    ...(only === null ? {} : { only }),
    onResult: ({ id, title, status, milliseconds }) => {
      if (status !== 'skipped') process.stderr.write(`${MARKS[status]} ${id} (${milliseconds} ms) ${title}\n`)
    },
  })
  process.stdout.write(tableReport(report))
  if (json !== null) writeFileSync(json, jsonReport(report))
  if (markdown !== null) writeFileSync(markdown, markdownReport(report))
  const { passed, failed } = countsOf(report.results)
  return failed === 0 && passed > 0 ? 0 : 1
}

function messageOf(error: unknown): string {
  if (ExecdError.is(error)) return `${error.message}\n${error.hint}`
  return typeof error === 'object' && error !== null && 'message' in error
    ? String(error.message)
    : String(error)
}
