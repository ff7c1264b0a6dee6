import { mkdir, writeFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { type BenchOptions, parseArguments, USAGE } from './arguments.js'
import { Bench } from './bench.js'
import { cgroupMounts, layoutOf } from './host/cgroups.js'
import { coverControllers, isInside, runInside } from './host/isolate.js'
import { readMachine } from './host/machine.js'
import { closeWorkshop, openWorkshop } from './host/workshop.js'
import { MEASURES } from './measures/index.js'
import { json } from './report/json.js'
import type { Results } from './report/results.js'
import { pictures } from './report/svg.js'
import { table } from './report/table.js'
import { BASE, CONTROL, SUBJECTS } from './subjects/index.js'
import { Tally } from './tally.js'
import { textOf } from './worker/messages.js'

const INTERRUPTED = 130

async function main(args: readonly string[]): Promise<number> {
  const names = SUBJECTS.map(({ name }) => name).filter((name) => name !== CONTROL)
  const options = parseArguments(args, [...MEASURES.map(({ name }) => name), ...names])
  if (options.help) {
    process.stdout.write(
      `${USAGE}\nmeasures: ${MEASURES.map(({ name }) => name).join(', ')}\nsubjects: ${names.join(', ')}\n`,
    )
    return 0
  }
  if (!isInside()) return runInside(fileURLToPath(import.meta.url), args)
  return measureAll(options, names)
}

/** Picks what `--only` names: measures, subjects, or both. */
function select({ only }: BenchOptions, names: readonly string[]) {
  const measures = MEASURES.filter(({ name }) => only.includes(name))
  const subjects = names.filter((name) => only.includes(name))
  return {
    measures: measures.length > 0 ? measures : MEASURES,
    subjects: subjects.length > 0 ? names.filter((name) => name === BASE || subjects.includes(name)) : names,
    control: CONTROL,
  }
}

async function measureAll(options: BenchOptions, names: readonly string[]): Promise<number> {
  const begin = performance.now()
  const machine = readMachine(layoutOf(cgroupMounts()))
  const note = coverControllers()
  const workshop = await openWorkshop()
  const tally = new Tally(SUBJECTS)
  const bench = new Bench(options, workshop, select(options, names), tally)
  let interrupted = false
  const interrupt = (): void => {
    interrupted = true
    void bench.stop()
  }
  for (const event of ['SIGINT', 'SIGTERM', 'disconnect'] as const) process.on(event, interrupt)
  const problems: string[] = []
  try {
    await bench.run((line) => process.stderr.write(`${line}\n`))
  } catch (error) {
    if (!interrupted) problems.push(`the run ended early: ${textOf(error)}`)
  } finally {
    await bench.stop()
    for (const left of await closeWorkshop(workshop)) problems.push(`left behind: ${left}`)
    if (process.connected) process.disconnect()
  }
  const results: Results = {
    machine,
    nodes: tally.nodes,
    notes: note === null ? [] : [note],
    base: BASE,
    subjects: tally.subjects().filter(({ name }) => name !== CONTROL),
    series: tally.series(),
    absences: tally.absences(),
    seconds: Math.round((performance.now() - begin) / 1000),
  }
  for (const problem of problems) process.stderr.write(`bench: ${problem}\n`)
  if (interrupted) return INTERRUPTED
  process.stdout.write(table(results))
  if (options.json !== null) await writeFile(fileAt(options.json), json(results))
  if (options.svg !== null) await writePictures(fileAt(options.svg), results)
  return problems.length === 0 ? 0 : 1
}

async function writePictures(folder: string, results: Results): Promise<void> {
  await mkdir(folder, { recursive: true })
  for (const [name, picture] of pictures(results)) await writeFile(join(folder, `${name}.svg`), picture)
}

/** A file as its caller means it: package managers run scripts in the package's folder and tell where they were called. */
function fileAt(path: string): string {
  return resolve(process.env.INIT_CWD ?? '.', path)
}

main(process.argv.slice(2)).then(
  (status) => {
    process.exitCode = status
  },
  (error: unknown) => {
    process.stderr.write(`bench: ${textOf(error)}\n`)
    process.exitCode = 1
  },
)
