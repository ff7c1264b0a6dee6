import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, expect, test } from '@jest/globals'
import { parseArguments } from '../dist/arguments.js'

const BIN = fileURLToPath(new URL('../bin/create-execd-driver.mjs', import.meta.url))
const scratch = mkdtempSync(join(tmpdir(), 'execd-create-'))
afterAll(() => rmSync(scratch, { recursive: true }))

const run = (...args: string[]) =>
  spawnSync(process.execPath, [BIN, ...args], { cwd: scratch, encoding: 'utf8' })

test('the folder is that of the package unless --dir says otherwise', () => {
  expect(parseArguments(['foo']).folder).toBe('execd-driver-foo')
  expect(parseArguments(['@me/foo']).folder).toBe('foo')
  expect(parseArguments(['foo', '--dir', 'x']).folder).toBe('x')
  expect(parseArguments(['--dir=x', 'foo']).folder).toBe('x')
})

test('a package is made, and the next steps are said', () => {
  const { status, stdout, stderr } = run('foo')
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' })
  expect(stdout).toMatch(/^execd-driver-foo: \d+ files in execd-driver-foo\n/)
  expect(stdout).toContain('  cd execd-driver-foo\n  npm install\n  npm test')
})

test('a second time the folder is refused', () => {
  expect(run('foo', '--dir', 'twice').status).toBe(0)
  const { status, stdout, stderr } = run('foo', '--dir', 'twice')
  expect({ status, stdout }).toEqual({ status: 1, stdout: '' })
  expect(stderr).toMatch(/^create-execd-driver: .*twice is not empty \(.*, \.\.\.\); nothing was written/)
})

test.each([
  [[], /wanted the name of a driver/],
  [['foo', 'bar'], /wanted one name, got foo bar/],
  [['foo', '--dir'], /--dir: wanted a folder/],
  [['foo', '--force'], /--force: no such option/],
  [['Foo'], /did you mean "foo"\?/],
])('%j ends with 2 and the usage', (args, words) => {
  const { status, stdout, stderr } = run(...args)
  expect({ status, stdout }).toEqual({ status: 2, stdout: '' })
  expect(stderr).toMatch(words)
  expect(stderr).toContain('usage: npm create execd-driver NAME')
})

test('--help prints the usage', () => {
  expect(run('--help')).toMatchObject({ status: 0, stderr: '', stdout: expect.stringMatching(/^usage: /) })
})
