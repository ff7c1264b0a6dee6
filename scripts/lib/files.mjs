import { readdirSync } from 'node:fs'
import { join, relative } from 'node:path'
import { capture, root } from './workspace.mjs'

const GENERATED = new Set([
  'node_modules',
  '.git',
  '.turbo',
  'dist',
  'dist-test',
  '.test-results',
  'coverage',
])

/** Paths, relative to the root, of all files that are or could be committed. Without git: all that no tool wrote. */
export function sourceFiles() {
  // As root in a clone of another user git refuses to answer, unless the folder is called safe.
  const git = (...args) => capture('git', ['-c', `safe.directory=${root}`, 'ls-files', '-z', ...args])
  const listed = git('--cached', '--others', '--exclude-standard')
  const files = listed.status === 0 ? listed.stdout.split('\0').filter(Boolean) : walk(root)
  const gone = git('--deleted')
  const deleted = new Set(gone.status === 0 ? gone.stdout.split('\0') : [])
  return files.filter((file) => !deleted.has(file)).sort()
}

function walk(folder) {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name)
    if (entry.isDirectory()) return GENERATED.has(entry.name) ? [] : walk(path)
    return entry.isFile() ? [relative(root, path)] : []
  })
}

/** Prints problems and sets the exit status. */
export function report(problems) {
  for (const problem of problems) process.stdout.write(`${problem}\n`)
  process.exitCode = problems.length > 0 ? 1 : 0
}
