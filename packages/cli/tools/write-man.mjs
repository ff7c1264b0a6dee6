// Writes the manual pages of the built package to dist/man.
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { EXAMPLES } from '../dist/examples/index.js'
import { manOverview, manPage } from '../dist/generate/man.js'
import { loadModel } from '../dist/generate/model.js'

const folder = new URL('../dist/man/', import.meta.url)
const { version } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8'))
const commands = await loadModel()
mkdirSync(folder, { recursive: true })
writeFileSync(new URL('execd.1', folder), manOverview(commands, version))
for (const command of commands) {
  const page = manPage(command, EXAMPLES[command.name] ?? [], version)
  writeFileSync(new URL(`execd-${command.name}.1`, folder), page)
}
