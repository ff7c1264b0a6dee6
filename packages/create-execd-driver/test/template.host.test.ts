import { spawnSync } from 'node:child_process'
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { closed, requires } from '@execd/test-support'
import { expect } from '@jest/globals'

const TESTS = fileURLToPath(new URL('../template/dist-test', import.meta.url))

const { test } = requires('busybox', 'userns')

test('the driver of a new package passes its tests, the whole kit among them', () => {
  const files = readdirSync(TESTS).filter((name) => name.endsWith('.test.js'))
  expect(files.sort()).toEqual(['conformance.test.js', 'driver.test.js', 'launch.test.js'])
  const { NODE_TEST_CONTEXT: _, ...env } = process.env
  const args = ['--test', '--test-reporter=tap', ...files.map((name) => join(TESTS, name))]
  const { stdout, status } = spawnSync(...closed(process.execPath, args), {
    encoding: 'utf8',
    env,
    timeout: 120_000,
  })
  expect(stdout).toMatch(/^# fail 0$/m)
  expect(stdout).toMatch(/ok \d+ - stdio\.closed-inside: .*excepted: nsenter holds the streams open/)
  expect(stdout).toMatch(/^# pass 1\d\d$/m)
  expect(status).toBe(0)
}, 130_000)
