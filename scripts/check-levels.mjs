// Each package has a script for each level of tests that it has tests of, and for no other: a level without tests fails only when all tests are run.
import { report, sourceFiles } from './lib/files.mjs'
import { TASKS } from './lib/results.mjs'
import { manifest, packageFolders } from './lib/workspace.mjs'

const NAMES = { host: /\.host\.test\.ts$/, root: /\.root\.test\.ts$/, unit: /(?<!\.host|\.root)\.test\.ts$/ }

const files = sourceFiles()
report(
  packageFolders().flatMap((folder) => {
    const scripts = manifest(folder).scripts ?? {}
    return Object.entries(TASKS).flatMap(([level, script]) => {
      const tests = files.some((file) => file.startsWith(`${folder}/test/`) && NAMES[level].test(file))
      const runs = scripts[script]?.includes('execd-test') ?? false
      if (tests === runs) return []
      return [`${folder}: ${tests ? `${level} tests without` : `no ${level} tests for`} the script ${script}`]
    })
  }),
)
