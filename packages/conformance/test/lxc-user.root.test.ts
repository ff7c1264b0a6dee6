import { readFileSync } from 'node:fs'
import { DelegatedGroups, findTestUser, requires } from '@execd/test-support'
import { afterAll, expect } from '@jest/globals'
import { runCommand } from './support/command.js'
import { scratch } from './support/scratch.js'

const { test } = requires('root', 'lxc', 'test-user', 'setpriv', 'userns', 'uidmap', 'cgroup-v1', 'busybox')

let groups: DelegatedGroups | undefined
afterAll(() => groups?.remove())

test('the driver lxc passes the kit as an ordinary user with cgroups of the own, but for what it declares absent', async () => {
  const user = findTestUser()
  if (user === undefined) throw new Error('there is no test user')
  groups = new DelegatedGroups(`execd-kit-${process.pid}`, user)
  const file = `${scratch()}/results.json`
  const { exitCode, stdout, stderr } = await runCommand(['lxc', '--json', file], user, groups.enter)
  expect({
    exitCode,
    failed: /^failed:[\s\S]*?(?=\n\n)/m.exec(stdout)?.[0] ?? null,
    stderr: exitCode === 0 ? '' : stderr.slice(-500),
  }).toEqual({ exitCode: 0, failed: null, stderr: '' })
  const { counts } = JSON.parse(readFileSync(file, 'utf8')) as { counts: { passed: number; failed: number } }
  expect(counts.failed).toBe(0)
  expect(counts.passed).toBeGreaterThan(150)
}, 300_000)
