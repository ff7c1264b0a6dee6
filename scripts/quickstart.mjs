// Installs, builds and runs the first example.
import { join } from 'node:path'
import { fail, root, run } from './lib/workspace.mjs'
import { setup } from './setup.mjs'

const [argument] = process.argv.slice(2)
if (argument !== undefined) fail(`quickstart: takes no arguments, was given ${argument}`)

const example = join(root, 'examples/01-quickstart')

setup('build', { filter: './examples/01-quickstart' })
process.exitCode = run(process.execPath, ['dist/main.js'], { cwd: example })
