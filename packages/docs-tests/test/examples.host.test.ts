import { spawnSync } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { type Need, pattern, requires } from '@execd/test-support'
import { expect } from '@jest/globals'
import { shellBlocks } from './blocks.js'

const LONG = 60_000
const EXAMPLES = join(dirname(fileURLToPath(import.meta.url)), '../../../examples')
/** Its test is that of the quick start itself; this one is run by the tests of its driver. */
const ELSEWHERE = ['01-quickstart']
/** Those that need more than containers. */
const MORE: Readonly<Record<string, readonly Need[]>> = { '07-system-container': ['root', 'lxc', 'busybox'] }
const own: readonly Need[] = process.geteuid?.() === 0 ? ['root'] : ['userns']

const folders = readdirSync(EXAMPLES).filter((name) => /^\d\d-/.test(name) && !ELSEWHERE.includes(name))

for (const name of folders) {
  const { test } = requires(...own, ...(MORE[name] ?? []))
  test(`${name} prints what its page says`, () => print(name), LONG)
}

function print(name: string): void {
  const folder = join(EXAMPLES, name)
  const [block] = shellBlocks(readFileSync(join(folder, 'README.md'), 'utf8'))
  expect(block?.shell).toBe(`npm run example -- ${name.slice(3)}`)
  const { stdout, stderr, status } = spawnSync(process.execPath, ['dist/main.js'], {
    cwd: folder,
    encoding: 'utf8',
  })
  expect([status, stderr]).toEqual([0, ''])
  expect(stdout).toMatch(pattern(block?.output ?? ''))
}
