// Installs, builds and runs the measurements: node scripts/bench.mjs [arguments of the bench]
import { join } from 'node:path'
import { root, run } from './lib/workspace.mjs'
import { setup } from './setup.mjs'

setup('test', { filter: './bench' })
process.exitCode = run(process.execPath, ['dist/main.js', ...process.argv.slice(2)], {
  cwd: join(root, 'bench'),
})
