// Takes each rule against known escapes out of a copy of the native driver, and wants its tests to fail then. As root; a quarter of an hour.
// usage: node scripts/mutations.mjs [words of a rule]
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { MUTATIONS } from './lib/mutations.mjs'
import { capture, fail, root, toolEnv } from './lib/workspace.mjs'
import { setup } from './setup.mjs'

if (process.geteuid() !== 0) fail('mutations: run it as root')
const wanted = MUTATIONS.filter(({ rule }) => rule.includes(process.argv.slice(2).join(' ')))
if (wanted.length === 0) fail('mutations: there is no such rule')
setup('test', { filter: '@execd/native' })

const copy = join(mkdtempSync(join(tmpdir(), 'execd-mutations-')), 'copy')
const inCopy = (program, args, folder = '.') =>
  capture(program, args, { cwd: join(copy, folder), env: toolEnv() })

/** Builds the copy as it is now; the output of what failed, or undefined. */
function build() {
  const helper = inCopy('make', ['-C', 'packages/native/helper'])
  if (helper.status !== 0) return helper.output
  const types = inCopy('tsc', ['-b', 'packages/native/test'])
  return types.status === 0 ? undefined : types.output
}

/** The control: with every rule in place nothing may fail. */
function everyTestPasses(mutations) {
  const pattern = [...new Set(mutations.flatMap(({ tests }) => tests))].join('|')
  return inCopy('node_modules/.bin/execd-test', ['root', pattern], 'packages/native').status === 0
}

/** What a rule's absence comes to: "seen", or what is wrong. */
function verdictOf({ edits, tests: [pattern] }) {
  const before = new Map(edits.map(([file]) => [file, readFileSync(join(copy, file), 'utf8')]))
  try {
    for (const [file, text, instead] of edits) {
      const now = readFileSync(join(copy, file), 'utf8')
      if (!now.includes(text)) return `${file} does not hold: ${text}`
      writeFileSync(
        join(copy, file),
        now.replace(text, () => instead),
      )
    }
    const problem = build()
    if (problem !== undefined) return `it cannot be built:\n${problem}`
    return inCopy('node_modules/.bin/execd-test', ['root', pattern, '--bail'], 'packages/native').status === 0
      ? 'NOT SEEN'
      : 'seen'
  } finally {
    for (const [file, text] of before) writeFileSync(join(copy, file), text)
  }
}

let failures = 0
try {
  cpSync(root, copy, { recursive: true, verbatimSymlinks: true, filter: (path) => !path.endsWith('/.git') })
  const control = build() ?? (everyTestPasses(wanted) ? undefined : 'the tests fail without any edit')
  if (control !== undefined) throw new Error(control)
  for (const mutation of wanted) {
    const verdict = verdictOf(mutation)
    if (verdict !== 'seen') failures += 1
    process.stdout.write(`${verdict}: ${mutation.rule}\n`)
  }
} finally {
  rmSync(join(copy, '..'), { recursive: true, force: true })
}
process.stdout.write(
  `${wanted.length - failures} of ${wanted.length} rules are missed when they are taken out\n`,
)
process.exitCode = failures > 0 ? 1 : 0
