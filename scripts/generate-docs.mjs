// Writes the reference pages from the built packages: node scripts/generate-docs.mjs [--check]
// --check writes nothing and fails when a page is not what would be written.
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { apiPage } from './lib/reference-api.mjs'
import { commandPage } from './lib/reference-command.mjs'
import { errorsPage } from './lib/reference-errors.mjs'
import { matrixPage } from './lib/reference-matrix.mjs'
import { supportPage, supportSummary } from './lib/reference-support.mjs'
import { fail, root } from './lib/workspace.mjs'

const core = join(root, 'packages/core/dist')
const schemaFile = join(core, 'command.schema.json')
if (!existsSync(schemaFile)) fail('generate-docs: @execd/core is not built: pnpm build')

const { CATALOG } = await import(pathToFileURL(join(core, 'errors/catalog.js')).href)
const load = (path) => import(pathToFileURL(join(root, path)).href)
const { fieldKeys } = await load('packages/core/dist/contract/field-keys.js')
const { OPTIONAL_VERBS } = await load('packages/core/dist/contract/capabilities.js')
const { nativeCapabilities } = await load('packages/native/dist/host/capabilities.js')
const { lxcCapabilities } = await load('packages/lxc/dist/capabilities.js')
const { ociCapabilities } = await load('packages/oci/dist/capabilities.js')
const drivers = { native: nativeCapabilities, lxc: lxcCapabilities, oci: ociCapabilities }

/** README.md with the table between its two marks written anew. */
function readme() {
  const [begin, end] = ['<!-- support:begin -->', '<!-- support:end -->']
  const text = readFileSync(join(root, 'README.md'), 'utf8')
  const table = supportSummary(drivers, fieldKeys())
  return `${text.slice(0, text.indexOf(begin) + begin.length)}\n${table}\n${text.slice(text.indexOf(end))}`
}

const { EXAMPLES } = await load('packages/cli/dist/examples/index.js')
const { commandPage: cliPage, commandsPage } = await load('packages/cli/dist/generate/markdown.js')
const { loadModel } = await load('packages/cli/dist/generate/model.js')
const commands = await loadModel()
const cliPages = commands.map((one) => [`docs/cli/${one.name}.md`, cliPage(one, EXAMPLES[one.name] ?? [])])

const APIS = {
  'docs/reference/api/core.md': {
    title: '@execd/core',
    words:
      'What users of a driver import. [Command](../command.md) has its fields by name, [errors](../errors.md) the codes.',
    file: join(core, 'index.d.ts'),
  },
  'docs/reference/api/core-driver.md': {
    title: '@execd/core/driver',
    words:
      'What authors of a driver import. [The contract](../../drivers/contract.md) has the rules of order.',
    file: join(core, 'driver.d.ts'),
  },
  'docs/reference/api/conformance.md': {
    title: '@execd/conformance',
    words: 'The kit that every driver must pass. [Testing a driver](../../drivers/testing.md) says how.',
    file: join(root, 'packages/conformance/dist/index.d.ts'),
  },
}
const apiPages = Object.entries(APIS).map(([page, api]) => [page, apiPage(api)])

const pages = {
  'README.md': readme(),
  'docs/reference/drivers.md': matrixPage(drivers, fieldKeys(), OPTIONAL_VERBS),
  'docs/reference/support.md': supportPage(drivers, fieldKeys()),
  'docs/reference/command.md': commandPage(JSON.parse(readFileSync(schemaFile, 'utf8'))),
  'docs/reference/errors.md': errorsPage(CATALOG),
  'docs/cli/README.md': commandsPage(commands),
  ...Object.fromEntries([...cliPages, ...apiPages]),
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
