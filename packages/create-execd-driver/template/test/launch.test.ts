import assert from 'node:assert/strict'
import test from 'node:test'
import { resolveCommand } from '@execd/core/driver'
import { enterArguments, environmentOf, keeperArguments } from '../dist/launch.js'

// What only decides is tested without starting anything. `resolveCommand` makes the whole command that a driver gets of what a user writes.
const command = resolveCommand({
  rootfs: '/srv/root',
  process: { args: ['echo', '--help'], cwd: '/tmp', env: { LANG: 'C' } },
})

test('the command comes after everything that is meant for the tools', () => {
  const args = enterArguments(123, command, '/usr/bin/unshare', true)
  assert.deepEqual(args.slice(args.lastIndexOf('--')), ['--', 'echo', '--help'])
  assert.ok(args.includes('--target=123'))
  assert.ok(args.includes('--root=/srv/root'))
  assert.ok(args.includes('--wd=/tmp'))
})

test('an ordinary user gets a user namespace, root none', () => {
  assert.ok(keeperArguments(command, false).includes('--map-root-user'))
  assert.ok(!keeperArguments(command, true).includes('--map-root-user'))
})

test('the environment is that of the command, with PATH and HOME', () => {
  assert.deepEqual(Object.keys(environmentOf(command.process)).sort(), ['HOME', 'LANG', 'PATH'])
})

test('a variable that would act on the tools themselves is refused', () => {
  const env = { LD_PRELOAD: '/evil.so' }
  assert.throws(() => environmentOf({ ...command.process, env }), { code: 'EXECD_UNSUPPORTED' })
})
