import { requires } from '@execd/test-support'
import { afterAll, beforeAll, expect } from '@jest/globals'
import { type Outside, outside, type Project } from './support/project.js'

const { describe, skipped } = requires('registry')
const { test } = requires('registry', 'busybox', 'userns')

/** Passes, skips what does not concern the fake driver, and has one exception. */
const kit = (importTest: string): string => `
${importTest}
import { conformance } from '@execd/conformance'
import { FakeDriver } from '@execd/conformance/fake'

class SetsContainer extends FakeDriver {
  run(command, options) {
    const env = { ...command.process.env, container: 'lxc' }
    return super.run({ ...command, process: { ...command.process, env } }, options)
  }
}
const exceptions = { 'env.others': { reason: 'it sets container', shows: '["container"]' } }
await conformance({
  test,
  createDriver: () => new SetsContainer({ capabilities: { exceptions } }),
  only: ['manifest', 'env', 'process'],
})
`
/** The last one removes what the kit made. */
const PASSED = 14
const SKIPPED = 6

describe('the conformance kit under', () => {
  let place: Outside
  let project: Project

  beforeAll(async () => {
    if (skipped !== undefined) return
    place = await outside()
    project = place.project('runners')
    await project.npm(
      'install',
      '@execd/core',
      '@execd/conformance',
      'vitest@4',
      'jest@30',
      '@jest/globals@30',
    )
  }, 300_000)
  afterAll(() => place?.close())

  test('vitest', async () => {
    project.write({ 'vitest/kit.test.mjs': kit("import { test } from 'vitest'") })
    const printed = await project.npm('exec', '--', 'vitest', 'run', '--dir', 'vitest', '--reporter=verbose')
    expect(printed).toMatch(new RegExp(`Tests .*${PASSED} passed.*${SKIPPED} skipped`))
    expect(printed).toMatch(/env\.others: .*\[excepted: it sets container\]/)
  }, 120_000)

  test('jest', async () => {
    project.write({ 'jest/kit.test.mjs': kit("import { test } from '@jest/globals'") })
    const jest = [
      'node_modules/jest/bin/jest.js',
      '--rootDir=jest',
      '--testMatch=**/*.test.mjs',
      '--transform={}',
    ]
    const { stderr, status } = await project.node('--experimental-vm-modules', ...jest)
    expect(stderr).toMatch(new RegExp(`Tests: +${SKIPPED} skipped, ${PASSED} passed`))
    expect(status).toBe(0)
  }, 120_000)

  test('node:test', async () => {
    project.write({ 'node/kit.test.mjs': kit("import test from 'node:test'") })
    const { stdout, status } = await project.node('--test', '--test-reporter=tap', 'node/kit.test.mjs')
    expect(stdout).toMatch(new RegExp(`^# pass ${PASSED}$`, 'm'))
    expect(stdout).toMatch(new RegExp(`^# skipped ${SKIPPED}$`, 'm'))
    expect(status).toBe(0)
  }, 120_000)
})
