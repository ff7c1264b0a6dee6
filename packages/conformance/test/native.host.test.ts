import { readFileSync } from 'node:fs'
import { findTestUser, type Need, requires } from '@execd/test-support'
import { expect } from '@jest/globals'
import { runCommand } from './support/command.js'
import { scratch } from './support/scratch.js'

const isRoot = process.geteuid?.() === 0
const needs: readonly Need[] = isRoot
  ? ['test-user', 'setpriv', 'userns', 'busybox', 'uidmap']
  : ['userns', 'busybox', 'uidmap']
const { test } = requires(...needs)

test('the driver native passes the kit as an ordinary user, but for what it declares absent', async () => {
  const file = `${scratch()}/results.json`
  const user = isRoot ? findTestUser() : undefined
  const { exitCode, stdout, stderr } = await runCommand(['native', '--json', file], user)
  expect({
    exitCode,
    failed: /^failed:[\s\S]*?(?=\n\n)/m.exec(stdout)?.[0] ?? null,
    stderr: exitCode === 0 ? '' : stderr.slice(-500),
  }).toEqual({
    exitCode: 0,
    failed: null,
    stderr: '',
  })
  const { counts } = JSON.parse(readFileSync(file, 'utf8')) as { counts: { passed: number; failed: number } }
  expect(counts.failed).toBe(0)
  expect(counts.passed).toBeGreaterThan(100)
}, 180_000)
