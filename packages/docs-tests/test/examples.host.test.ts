import { spawnSync } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { pattern, requires } from '@execd/test-support'
import { expect } from '@jest/globals'
import { shellBlocks } from './blocks.js'

const LONG = 60_000
const EXAMPLES = join(dirname(fileURLToPath(import.meta.url)), '../../../examples')
/** Its test is that of the quick start itself; this one is run by the tests of its driver. */
const ELSEWHERE = ['01-quickstart']
const own = process.geteuid?.() === 0 ? (['root'] as const) : (['userns'] as const)
const { test } = requires(...own)

const folders = readdirSync(EXAMPLES).filter((name) => /^\d\d-/.test(name) && !ELSEWHERE.includes(name))

test.each(folders.map((name) => [name] as const))(
  '%s prints what its page says',
  (name) => {
    const folder = join(EXAMPLES, name)
    const [block] = shellBlocks(readFileSync(join(folder, 'README.md'), 'utf8'))
    expect(block?.shell).toBe(`npm run example -- ${name.slice(3)}`)
    const { stdout, stderr, status } = spawnSync(process.execPath, ['dist/main.js'], {
      cwd: folder,
      encoding: 'utf8',
    })
    expect([status, stderr]).toEqual([0, ''])
    expect(stdout).toMatch(pattern(block?.output ?? ''))
  },
  LONG,
)
