import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { requires } from '@execd/test-support'
import { expect } from '@jest/globals'

const { test } = requires('root', 'cgroups', 'busybox', 'lxc')

test('the system container does what it says', () => {
  const main = fileURLToPath(new URL('../dist/main.js', import.meta.url))
  const { stdout, stderr, status } = spawnSync(process.execPath, [main], {
    encoding: 'utf8',
    timeout: 60_000,
  })
  expect({ status, output: status === 0 ? '' : stdout + stderr }).toEqual({ status: 0, output: '' })
  expect(stdout).toMatch(/^started: process \d+ of this host is process 1 there$/m)
  expect(stdout).toMatch(/^serves: tick \d+$/m)
  expect(stdout).toMatch(/^respawned: .* is another: true$/m)
  expect(stdout).toMatch(/^attached: 30 100 characters on \/dev\/pts\/\d+$/m)
  expect(stdout).toMatch(/^paused: \d+ processes are paused$/m)
  expect(stdout).toMatch(/^updated: 48 MiB of memory, 40 processes at most$/m)
  expect(stdout).toMatch(/the services are told to end/)
  expect(stdout).toMatch(/^stopped: signaled by SIGINT, 0 things left behind$/m)
}, 90_000)
