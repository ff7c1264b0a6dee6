import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { requires } from '@execd/test-support'
import { expect } from '@jest/globals'

const { test } = requires('busybox', 'userns')
const FILE = fileURLToPath(new URL('./support/node-test.js', import.meta.url))

test('the kit runs under node:test, with skips reported', () => {
  const { NODE_TEST_CONTEXT: _, ...env } = process.env
  const args = ['--test', '--test-reporter=tap', FILE]
  const { stdout, status } = spawnSync(process.execPath, args, { encoding: 'utf8', env })
  expect(status).toBe(0)
  expect(stdout).toMatch(/^ *ok \d+ - manifest\.stable: /m)
  expect(stdout).toMatch(
    /^ *ok \d+ - process\.rlimits: .*\[skipped: process\.rlimits is not declared.*# SKIP/m,
  )
  expect(stdout).toMatch(/^# fail 0$/m)
  expect(stdout).toMatch(/^# skipped 6$/m)
})
