// Makes this machine ready: system programs, npm packages, a build. Needs nothing but Node and npm; quick when all is there.
// usage: node scripts/setup.mjs [build|test] [--system]     --system: the system's part only
import { pathToFileURL } from 'node:url'
import { installDependencies, requireWritable } from './lib/install.mjs'
import { installCommand, installPackages, packageManager, packagesFor } from './lib/package-manager.mjs'
import { missingPrograms } from './lib/programs.mjs'
import { hasTestUser, makeTestUser, TEST_USER } from './lib/test-user.mjs'
import { capture, fail, root } from './lib/workspace.mjs'

const isRoot = process.geteuid?.() === 0

/** Makes everything ready for a goal: 'build' (the quick start) or 'test'; `filter` picks the packages to build. */
export function setup(goal, { filter } = {}) {
  requireNode()
  setupSystem(goal)
  installDependencies()
  requireWritable(root)
  const filters = filter === undefined ? [] : [`--filter=${filter}...`]
  const { status, output } = capture('turbo', ['run', 'build', ...filters, '--output-logs=errors-only'])
  if (status !== 0) fail(`${output.trimEnd()}\nsetup: the build failed`)
}

/** The system's part: programs and, for root's tests, an ordinary user. */
export function setupSystem(goal) {
  if (process.platform !== 'linux') fail(`setup: containers need Linux; this is ${process.platform}`)
  const missing = missingPrograms(goal)
  const wantsUser = goal === 'test' && isRoot && !hasTestUser()
  if (missing.length === 0 && !wantsUser) return
  const names = missing.map(({ name }) => name).join(', ')
  const manager = packageManager()
  if (missing.length > 0 && manager === undefined) fail(`setup: please install: ${names}`)
  const packages = packagesFor(missing, manager)
  if (!isRoot) return stopOrSkip(goal, names, installCommand(packages, manager))
  const deeds = []
  if (packages.length > 0) deeds.push(`installing ${packages.join(', ')} with ${manager} (for ${names})`)
  if (wantsUser)
    deeds.push(`making the ordinary user ${TEST_USER} with ranges in /etc/subuid and /etc/subgid`)
  process.stdout.write(`setup: ${deeds.join('; ')}\n`)
  const problem = (packages.length > 0 && installPackages(packages, manager)) || (wantsUser && makeTestUser())
  if (problem) fail(`setup: ${problem}`)
  const still = missingPrograms(goal)
  if (still.length > 0) fail(`setup: still missing after that: ${still.map(({ name }) => name).join(', ')}`)
}

/** Without root nothing is installed. Tests may go on without what only they need: each skipped one then says why. */
function stopOrSkip(goal, names, command) {
  const message = `setup: missing: ${names}. As root: ${command}`
  if (goal !== 'test' || process.env.EXECD_SKIP_SYSTEM !== '1' || missingPrograms('build').length > 0)
    fail(message)
  process.stderr.write(`${message}\n`)
}

function requireNode() {
  const [major, minor] = process.versions.node.split('.').map(Number)
  if (major < 20 || (major === 20 && minor < 19)) {
    fail(`setup: Node 20.19 or later is needed, this is ${process.versions.node}`)
  }
}

if (import.meta.url === pathToFileURL(process.argv[1]).href) {
  const goal = process.argv.includes('test') ? 'test' : 'build'
  if (process.argv.includes('--system')) setupSystem(goal)
  else setup(goal)
}
