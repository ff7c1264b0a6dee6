import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pattern, requires } from '@execd/test-support'
import { afterAll, beforeAll, describe, expect } from '@jest/globals'
import { EXAMPLES } from '../../dist/examples/index.js'
import { COMMANDS } from '../../dist/table/commands.js'
import type { Example } from '../../dist/table/types.js'
import { installExecd } from '../support/copy.js'

const LONG = 60_000
const own = process.geteuid?.() === 0 ? (['root'] as const) : (['userns'] as const)

let folder: string
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'execd-examples-'))
  installExecd(folder)
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

/** What lines for a shell print, stdout and stderr together. */
function printed(shell: string): string {
  const home = mkdtempSync(join(folder, 'home-'))
  mkdirSync(join(home, 'work'))
  const { stdout } = spawnSync('sh', ['-c', `exec 2>&1\n${shell}`], {
    cwd: join(home, 'work'),
    encoding: 'utf8',
    env: {
      PATH: `${join(folder, 'bin')}:${process.env.PATH}`,
      HOME: home,
      EXECD_STATE_DIR: join(home, 'state'),
      EXECD_DRIVER: 'native',
      EXECD_DRIVER_OPTIONS: JSON.stringify({ stateDir: join(home, 'native') }),
    },
  })
  return stdout
}

describe.each(Object.entries(EXAMPLES).map(([name, examples]) => [name, examples] as const))(
  'the page of %s',
  (name, examples: readonly Example[]) => {
    for (const { text, shell, output, needs } of examples) {
      const { test } = requires(...own, ...(needs === undefined ? [] : [needs]))
      test(
        text,
        () => {
          expect(COMMANDS.some((head) => head.name === name)).toBe(true)
          expect(printed(shell)).toMatch(pattern(output))
        },
        LONG,
      )
    }
  },
)
