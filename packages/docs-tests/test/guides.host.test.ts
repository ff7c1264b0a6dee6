import { readdirSync, readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { pattern, requires, ShellGround } from '@execd/test-support'
import { afterAll, beforeAll, expect } from '@jest/globals'
import { shellBlocks } from './blocks.js'

const LONG = 60_000
const GUIDES = join(dirname(fileURLToPath(import.meta.url)), '../../../docs/guides')
const own = process.geteuid?.() === 0 ? (['root'] as const) : (['userns'] as const)

let ground: ShellGround
beforeAll(() => {
  const cli = createRequire(import.meta.url).resolve('@execd/cli/package.json')
  ground = new ShellGround(join(dirname(cli), 'bin/execd.mjs'))
})
afterAll(() => ground?.leave())

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
  requires(...own, ...limits).test(at, () => expect(ground.print(shell)).toMatch(pattern(output)), LONG)
}
