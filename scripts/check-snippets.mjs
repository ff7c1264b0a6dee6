// Compiles every ```ts block of every Markdown file against the built packages, as an application that has them all installed.
// What a reader would have from the text around a block is declared in lib/snippets/.
import { cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { report, sourceFiles } from './lib/files.mjs'
import { blocksOf, originOf, snippetName } from './lib/snippets.mjs'
import { capture, root } from './lib/workspace.mjs'

/** Below a package that depends on all others, so that their names resolve as they do for users. */
const FOLDER = join(root, 'packages/install-tests/node_modules/.snippets')

const OPTIONS = {
  target: 'es2022',
  lib: ['es2023', 'esnext.disposable'],
  module: 'nodenext',
  types: ['node'],
  strict: true,
  noEmit: true,
  skipLibCheck: true,
}

const pages = sourceFiles().filter((file) => file.endsWith('.md') && !file.endsWith('CHANGELOG.md'))
const found = pages.map((file) => blocksOf(file, readFileSync(join(root, file), 'utf8')))
const blocks = found.flatMap(({ blocks }) => blocks)

rmSync(FOLDER, { recursive: true, force: true })
mkdirSync(join(FOLDER, 'pages'), { recursive: true })
try {
  for (const block of blocks) writeFileSync(join(FOLDER, 'pages', snippetName(block)), block.source)
  cpSync(join(root, 'scripts/lib/snippets'), join(FOLDER, 'src'), { recursive: true })
  writeFileSync(join(FOLDER, 'package.json'), '{ "type": "module" }')
  const files = [
    'src/around.d.ts',
    'src/vitest.d.ts',
    ...blocks.map((block) => `pages/${snippetName(block)}`),
  ]
  writeFileSync(join(FOLDER, 'tsconfig.json'), JSON.stringify({ compilerOptions: OPTIONS, files }))
  const { status, output } = capture('tsc', ['-p', FOLDER, '--pretty', 'false'], { cwd: FOLDER })
  const lines = output.split('\n').filter((line) => line.trim() !== '')
  report([...found.flatMap(({ problems }) => problems), ...lines.map(originOf)])
  if (status === 0) process.stdout.write(`${blocks.length} blocks compiled\n`)
} finally {
  rmSync(FOLDER, { recursive: true, force: true })
}
