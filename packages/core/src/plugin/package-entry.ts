import { readFileSync, type Stats, statSync } from 'node:fs'
import { join } from 'node:path'
import { isObject } from '../util/plain-object.js'

/** The conditions that Node's import() goes by. */
const CONDITIONS: ReadonlySet<string> = new Set(['node', 'import', 'module-sync', 'node-addons', 'default'])

/** What importing a folder's package by its name would load. */
export type PackageEntry =
  | { readonly found: true; readonly file: string }
  | { readonly found: false; readonly reason: string }

/**
 * Finds the file that `import` of a package's main entry loads, as Node's documentation says ("Package entry points"): `exports` for ".", else `main`, else
 * index.js. Node has no such function on all lines: `require.resolve` refuses packages that export only to `import`, `import.meta.resolve` takes no parent.
 */
export function packageEntry(folder: string): PackageEntry {
  const manifest = readManifest(folder)
  if (typeof manifest === 'string') return { found: false, reason: manifest }
  const { exports, main } = manifest
  if (exports !== undefined && exports !== null) {
    const target = targetOf(mainExport(exports))
    if (target === undefined)
      return { found: false, reason: 'its package.json exports nothing for "import" at "."' }
    return existing(join(folder, target))
  }
  const base = typeof main === 'string' && main !== '' ? main : 'index.js'
  const tries = [base, `${base}.js`, join(base, 'index.js'), 'index.js'].map((name) =>
    existing(join(folder, name)),
  )
  return tries.find(({ found }) => found) ?? { found: false, reason: `its entry ${base} is missing` }
}

function readManifest(folder: string): Readonly<Record<string, unknown>> | string {
  try {
    const manifest: unknown = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'))
    return isObject(manifest) ? manifest : 'its package.json holds no object'
  } catch (error) {
    const { code } = error as { code?: unknown }
    if (code === 'ENOENT') return {}
    return typeof code === 'string'
      ? `its package.json cannot be read: ${code}`
      : 'its package.json is no JSON'
  }
}

/** `exports` may be the main entry itself, or an object of entries, whose names start with ".". */
function mainExport(exports: unknown): unknown {
  if (!isObject(exports)) return exports
  return Object.keys(exports).some((key) => key.startsWith('.')) ? exports['.'] : exports
}

function targetOf(value: unknown): string | undefined {
  if (typeof value === 'string')
    return value.startsWith('./') && !value.split('/').includes('..') ? value : undefined
  if (Array.isArray(value)) return value.map(targetOf).find((target) => target !== undefined)
  if (!isObject(value)) return undefined
  for (const [condition, inner] of Object.entries(value)) {
    const target = CONDITIONS.has(condition) ? targetOf(inner) : undefined
    if (target !== undefined) return target
  }
  return undefined
}

function existing(file: string): PackageEntry {
  return isFile(file) ? { found: true, file } : { found: false, reason: `its entry ${file} is missing` }
}

export function isFile(path: string): boolean {
  return statOf(path)?.isFile() ?? false
}

export function isFolder(path: string): boolean {
  return statOf(path)?.isDirectory() ?? false
}

/** Undefined also where a part of the path is a file (ENOTDIR) or may not be entered (EACCES). */
function statOf(path: string): Stats | undefined {
  try {
    return statSync(path)
  } catch {
    return undefined
  }
}
