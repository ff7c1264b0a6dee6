// Installs, builds and runs the first example.
import { join } from 'node:path'
import { root, run } from './lib/workspace.mjs'
import { setup } from './setup.mjs'

const example = join(root, 'examples/01-quickstart')

setup('build', { filter: './examples/01-quickstart' })
process.exitCode = run(process.execPath, ['dist/main.js'], { cwd: example })
