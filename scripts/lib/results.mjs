import { existsSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { manifest, packageFolders, root } from './workspace.mjs'

/** The levels of tests and the script of a package that runs each. */
export const TASKS = { unit: 'test', host: 'test:host', root: 'test:root' }

const fileOf = (folder, level) => join(root, folder, '.test-results', `${level}.json`)

/** Forgets the counts of the run before. */
export function clearResults() {
  for (const folder of packageFolders())
    rmSync(join(root, folder, '.test-results'), { recursive: true, force: true })
}

/** What a package's run of a level left; a run that left nothing (it broke, or never came to pass) counts as failed. */
function resultsOf(folder, level) {
  const file = fileOf(folder, level)
  if (existsSync(file)) return JSON.parse(readFileSync(file, 'utf8'))
  process.stdout.write(`failed: the ${level} tests of ${folder} did not run to their end\n`)
  return { passed: 0, failed: 1, skipped: [] }
}

/** Prints why tests were skipped, then the closing line with the counts of all packages. Gives the counts. */
export function printResults(levels = Object.keys(TASKS)) {
  const all = packageFolders().flatMap((folder) =>
    levels
      .filter((level) => manifest(folder).scripts?.[TASKS[level]])
      .map((level) => resultsOf(folder, level)),
  )
  const skips = all.flatMap(({ skipped }) => skipped)
  for (const reason of new Set(skips.map((skip) => skip.reason))) {
    const count = skips.filter((skip) => skip.reason === reason).length
    process.stdout.write(`skipped ${count}: ${reason}\n`)
  }
  const sum = (key) => all.reduce((total, results) => total + results[key], 0)
  const [passed, failed] = [sum('passed'), sum('failed')]
  process.stdout.write(`${passed} passed, ${failed} failed, ${skips.length} skipped\n`)
  return { passed, failed, skipped: skips.length }
}
