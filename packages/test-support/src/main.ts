import { spawnSync } from 'node:child_process'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { jestPlan } from './jest-config.js'
import { isLevel, LEVELS } from './levels.js'

/** `execd-test <level> [jest arguments]`: runs one level of the tests of the package in the working folder. */
export function main(args: readonly string[]): number {
  const [level, ...rest] = args
  if (!isLevel(level)) {
    process.stderr.write(`usage: execd-test ${LEVELS.join('|')} [pattern] [-t name]\n`)
    return 2
  }
  const filtered = rest.some((arg) => /^(-t|--testNamePattern)(=|$)/.test(arg))
  const { config, files, unbuilt } = jestPlan(process.cwd(), level, filtered)
  if (unbuilt.length > 0) {
    process.stderr.write(`execd-test: not built, run \`pnpm build\` first: ${unbuilt.join(', ')}\n`)
    return 1
  }
  if (files.length === 0) {
    process.stderr.write(`execd-test: this package has no ${level} test\n`)
    return 1
  }
  const jest = join(dirname(createRequire(import.meta.url).resolve('jest/package.json')), 'bin/jest.js')
  // Tests that ask the kernel share one machine: they run one after the other.
  const order = level === 'unit' ? [] : ['--runInBand']
  const flags = ['--experimental-vm-modules', '--disable-warning=ExperimentalWarning']
  const run = spawnSync(
    process.execPath,
    [...flags, jest, '--config', JSON.stringify(config), ...order, ...rest],
    { stdio: 'inherit' },
  )
  if (run.error !== undefined) throw run.error
  return run.status ?? 1
}
