// Writes the reference pages from the built @execd/core: node scripts/generate-docs.mjs [--check]
// --check writes nothing and fails when a page is not what would be written.
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { commandPage } from './lib/reference-command.mjs'
import { errorsPage } from './lib/reference-errors.mjs'
import { fail, root } from './lib/workspace.mjs'

const core = join(root, 'packages/core/dist')
const schemaFile = join(core, 'command.schema.json')
if (!existsSync(schemaFile)) fail('generate-docs: @execd/core is not built: pnpm build')

const { CATALOG } = await import(pathToFileURL(join(core, 'errors/catalog.js')).href)
const pages = {
  'docs/reference/command.md': commandPage(JSON.parse(readFileSync(schemaFile, 'utf8'))),
  'docs/reference/errors.md': errorsPage(CATALOG),
}

const check = process.argv.includes('--check')
const stale = Object.entries(pages).filter(([file, text]) => {
  const path = join(root, file)
  return !existsSync(path) || readFileSync(path, 'utf8') !== text
})
for (const [file, text] of stale) {
  if (check) continue
  mkdirSync(dirname(join(root, file)), { recursive: true })
  writeFileSync(join(root, file), text)
  process.stdout.write(`generate-docs: wrote ${file}\n`)
}
if (check && stale.length > 0) {
  fail(`generate-docs: stale: ${stale.map(([file]) => file).join(', ')}; run: node scripts/generate-docs.mjs`)
}
