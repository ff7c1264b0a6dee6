// Installs, builds and runs all tests of all packages: node scripts/test.mjs [unit|host|root ...]
import { createHash } from 'node:crypto'
import { release } from 'node:os'
import { PROGRAMS } from './lib/programs.mjs'
import { clearResults, printResults, TASKS } from './lib/results.mjs'
import { fail, run, toolEnv } from './lib/workspace.mjs'
import { setup } from './setup.mjs'

/** What a cached result of unit tests also depends on, beside the files: a skip must not outlive its reason. */
function hostKey() {
  const found = PROGRAMS.filter((entry) => entry.check()).map(({ name }) => name)
  const facts = [process.version, process.arch, process.geteuid?.(), release(), ...found]
  return createHash('sha256').update(facts.join('\0')).digest('hex')
}

const levels = process.argv.length > 2 ? process.argv.slice(2) : Object.keys(TASKS)
const unknown = levels.filter((level) => !(level in TASKS))
if (unknown.length > 0)
  fail(`test: unknown level ${unknown.join(', ')}: it is one of ${Object.keys(TASKS).join(', ')}`)

clearResults()
setup('test')
// One task at a time: tests share the kernel's tables and the cgroup tree.
const options = ['--concurrency=1', '--continue=dependencies-successful']
const tasks = levels.map((level) => TASKS[level])
const status = run('turbo', ['run', ...tasks, ...options], { env: toolEnv({ EXECD_TEST_HOST: hostKey() }) })
const { passed, failed } = printResults(levels)
process.exitCode = status !== 0 ? status : failed > 0 || passed === 0 ? 1 : 0
