import { mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { dirname, join, relative, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { fill, fillManifest, targetOf } from './fill.js'
import type { Names } from './names.js'
import type { Versions } from './versions.js'

const TEMPLATE = fileURLToPath(new URL('../template', import.meta.url))
/** What a build leaves in the template while this package itself is worked on. */
const BUILT = /^(dist|dist-test|node_modules)(\/|$)/

/**
 * Writes a new package into a folder, which is made. Gives the files, relative to it.
 *
 * @throws Error when the folder is a file or has something in it, but for a .git.
 */
export function createPackage(folder: string, names: Names, versions: Versions): string[] {
  const target = resolve(folder)
  refuseUsed(target)
  return templateFiles().map((file) => {
    const path = targetOf(file)
    const text = readFileSync(join(TEMPLATE, file), 'utf8')
    mkdirSync(dirname(join(target, path)), { recursive: true })
    writeFileSync(
      join(target, path),
      path === 'package.json' ? fillManifest(text, names, versions) : fill(text, names),
    )
    return path
  })
}

function refuseUsed(target: string): void {
  const status = statSync(target, { throwIfNoEntry: false })
  if (status === undefined) return
  if (!status.isDirectory()) throw new Error(`${target} is no folder; nothing was written`)
  const found = readdirSync(target).filter((name) => name !== '.git')
  if (found.length > 0)
    throw new Error(
      `${target} is not empty (${found.slice(0, 3).join(', ')}${found.length > 3 ? ', ...' : ''}); nothing was written. Choose another with --dir`,
    )
}

function templateFiles(): string[] {
  return readdirSync(TEMPLATE, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => relative(TEMPLATE, join(entry.parentPath, entry.name)))
    .filter((file) => !BUILT.test(file))
    .sort()
}
