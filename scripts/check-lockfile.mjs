// The lockfile names no address: it then works with every mirror, and no mirror can slip in tarballs of its own.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { report } from './lib/files.mjs'
import { root } from './lib/workspace.mjs'

const lines = readFileSync(join(root, 'pnpm-lock.yaml'), 'utf8').split('\n')
report(
  lines.flatMap((line, index) =>
    /tarball:|https?:\/\//.test(line) ? [`pnpm-lock.yaml:${index + 1}: an address: ${line.trim()}`] : [],
  ),
)
