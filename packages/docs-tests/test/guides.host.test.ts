import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { pattern, requires } from '@execd/test-support'
import { afterAll, beforeAll, expect } from '@jest/globals'
import { shellBlocks } from './blocks.js'

const LONG = 60_000
const GUIDES = join(dirname(fileURLToPath(import.meta.url)), '../../../docs/guides')
const own = process.geteuid?.() === 0 ? (['root'] as const) : (['userns'] as const)

let folder: string
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'execd-guides-'))
  const bin = join(
    dirname(createRequire(import.meta.url).resolve('@execd/cli/package.json')),
    'bin/execd.mjs',
  )
  mkdirSync(join(folder, 'bin'))
  writeFileSync(join(folder, 'bin/execd'), `#!/bin/sh\nexec '${process.execPath}' '${bin}' "$@"\n`, {
    mode: 0o755,
  })
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const blocks = readdirSync(GUIDES)
  .filter((name) => name.endsWith('.md'))
  .flatMap((name) =>
    shellBlocks(readFileSync(join(GUIDES, name), 'utf8')).map((block) => ({
      ...block,
      at: `${name}:${block.line}`,
    })),
  )

for (const { at, shell, output } of blocks) {
  const limits = / (-m|--cpus|--pids-limit) /.test(shell) ? (['cgroups'] as const) : []
  requires(...own, ...limits).test(
    at,
    () => {
      const home = mkdtempSync(join(folder, 'home-'))
      mkdirSync(join(home, 'work'))
      const env = {
        PATH: `${join(folder, 'bin')}:${process.env.PATH}`,
        HOME: home,
        EXECD_STATE_DIR: join(home, 'state'),
        EXECD_DRIVER: 'native',
        EXECD_DRIVER_OPTIONS: JSON.stringify({ stateDir: join(home, 'native') }),
      }
      const { stdout } = spawnSync('sh', ['-c', `exec 2>&1\n${shell}`], {
        cwd: join(home, 'work'),
        encoding: 'utf8',
        env,
      })
      expect(stdout).toMatch(pattern(output))
    },
    LONG,
  )
}
