// All checks that are no tests: node scripts/check.mjs [name ...]     names: see CHECKS
import { capture, fail, root } from './lib/workspace.mjs'

const node = (script) => [process.execPath, [`scripts/${script}.mjs`]]

/** The checks in their order, cheap ones first. `packages` packs what was built, so `types` comes before it. */
const CHECKS = {
  biome: ['biome', ['ci', '--colors=off', '.']],
  boundaries: node('check-boundaries'),
  levels: node('check-levels'),
  lockfile: node('check-lockfile'),
  text: node('check-text'),
  types: ['tsc', ['-b']],
  docs: ['node', ['scripts/generate-docs.mjs', '--check']],
  snippets: node('check-snippets'),
  arm64: ['node', ['scripts/check-arm64.mjs']],
  knip: ['knip', ['--no-progress', '--no-config-hints']],
  packages: node('check-packages'),
}

const names = process.argv.length > 2 ? process.argv.slice(2) : Object.keys(CHECKS)
const unknown = names.filter((name) => !(name in CHECKS))
if (unknown.length > 0)
  fail(`check: unknown ${unknown.join(', ')}: it is one of ${Object.keys(CHECKS).join(', ')}`)

let failures = 0
for (const name of names) {
  const start = performance.now()
  const [program, args] = CHECKS[name]
  const { status, output } = capture(program, args, { cwd: root })
  const seconds = ((performance.now() - start) / 1000).toFixed(1)
  process.stdout.write(`check ${name}: ${status === 0 ? 'ok' : 'FAILED'} (${seconds} s)\n`)
  if (status === 0) continue
  failures += 1
  process.stdout.write(`${output.trimEnd()}\n`)
}
process.exitCode = failures > 0 ? 1 : 0
