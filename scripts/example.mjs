// Installs, builds and runs an example: node scripts/example.mjs NAME     NAME: that of its folder, with or without the number
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { fail, root, run } from './lib/workspace.mjs'
import { setup } from './setup.mjs'

const folders = readdirSync(join(root, 'examples')).sort()
const short = (folder) => folder.replace(/^\d+-/, '')
const [name, argument] = process.argv.slice(2)
const found = folders.find((folder) => folder === name || short(folder) === name)
if (found === undefined) fail(`example: wanted one of ${folders.map(short).join(', ')}`)
if (argument !== undefined) fail(`example: takes no arguments, was given ${argument}`)

setup('build', { filter: `./examples/${found}` })
process.exitCode = run(process.execPath, ['dist/main.js'], { cwd: join(root, 'examples', found) })
