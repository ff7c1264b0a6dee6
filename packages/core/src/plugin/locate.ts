import { realpathSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { isFile, isFolder, packageEntry } from './package-entry.js'

/** What was found, or where it was looked for. */
export type Located =
  | { readonly file: string }
  | {
      readonly file: undefined
      readonly tried: readonly string[] /** A package that is there and has no entry. */
      readonly broken?: string
    }

/** The folders that a look-up starts from: `from` alone when given, else the main module's, then the working folder. */
export function startFolders(from: string | URL | undefined): string[] {
  if (from !== undefined) return [folderOf(String(from))]
  const main = process.argv[1]
  const folders = [...(main === undefined ? [] : [dirname(realPath(resolve(main)))]), process.cwd()]
  return [...new Set(folders)]
}

function folderOf(from: string): string {
  const path = resolve(from.startsWith('file:') ? fileURLToPath(from) : from)
  return isFolder(path) ? path : dirname(path)
}

/** A file or a package folder at a path relative to the first of the folders. */
export function locatePath(path: string, folders: readonly string[]): Located {
  const target = path.startsWith('file:') ? fileURLToPath(path) : resolve(folders[0] ?? '.', path)
  if (isFile(target)) return { file: realPath(target) }
  if (!isFolder(target)) return { file: undefined, tried: [target] }
  return fromPackage(target)
}

/** The first of the packages that is installed where one of the folders sees it. */
export function locatePackage(names: readonly string[], folders: readonly string[]): Located {
  const tried: string[] = []
  for (const folder of folders) {
    const require = createRequire(join(folder, 'noop.js'))
    for (const name of names) {
      const places = require.resolve.paths(name) ?? []
      const home = places.map((place) => join(place, name)).find(isFolder)
      if (home !== undefined) return fromPackage(home)
      const file = resolvedByLoader(require, name)
      if (file !== undefined) return { file }
    }
    tried.push(folder)
  }
  return { file: undefined, tried }
}

function fromPackage(home: string): Located {
  const entry = packageEntry(home)
  return entry.found
    ? { file: realPath(entry.file) }
    : { file: undefined, tried: [home], broken: `${home}: ${entry.reason}` }
}

/** Loaders without node_modules folders (Plug'n'Play) answer through require.resolve alone. */
function resolvedByLoader(require: NodeJS.Require, name: string): string | undefined {
  try {
    const file = require.resolve(name)
    return file === name ? undefined : file
  } catch {
    return undefined
  }
}

function realPath(path: string): string {
  try {
    return realpathSync(path)
  } catch {
    return path
  }
}
