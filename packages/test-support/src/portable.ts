import { spawnSync } from 'node:child_process'
import {
  chownSync,
  cpSync,
  existsSync,
  lchownSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  realpathSync,
} from 'node:fs'
import { basename, dirname, join } from 'node:path'
import type { TestUser } from './test-user.js'

interface Manifest {
  readonly files?: readonly string[]
  readonly dependencies?: Record<string, string>
  readonly optionalDependencies?: Record<string, string>
  readonly peerDependencies?: Record<string, string>
}

/** The folder of an installed package as seen from another one; undefined when it is not installed. */
function packageFolder(name: string, from: string): string | undefined {
  for (let folder = from; folder !== dirname(folder); folder = dirname(folder)) {
    const found = join(folder, 'node_modules', name)
    if (existsSync(join(found, 'package.json'))) return realpathSync(found)
  }
  return undefined
}

/** Copies a package and all it depends on into one flat node_modules. */
function copyPackage(name: string, folder: string, to: string): void {
  const target = join(to, name)
  if (existsSync(target)) return
  const { dependencies, optionalDependencies, peerDependencies, files } = JSON.parse(
    readFileSync(join(folder, 'package.json'), 'utf8'),
  ) as Manifest
  const sources = ['test', 'dist-test', 'helper', 'src'].filter(
    (part) => part === 'src' || !files?.includes(part),
  )
  const skipped = new Set(['node_modules', ...(name.startsWith('@execd/') ? sources : [])])
  cpSync(folder, target, {
    recursive: true,
    dereference: true,
    filter: (path) => path === folder || !skipped.has(basename(path)),
  })
  for (const needed of Object.keys({ ...dependencies, ...optionalDependencies, ...peerDependencies })) {
    const found = packageFolder(needed, folder)
    if (found !== undefined) copyPackage(needed, found, to)
  }
}

/** Copies packages, by name and folder, and all they depend on into a flat node_modules that every user can read: the checkout may be below /root. */
export function copyPackages(packages: Readonly<Record<string, string>>, to: string): void {
  mkdirSync(to, { recursive: true })
  for (const [name, folder] of Object.entries(packages)) copyPackage(name, folder, join(to, 'node_modules'))
}

/** A Node that the user may execute: this one, or a copy of it. */
export function nodeFor(user: TestUser, temp: string): string {
  const asUser = ['--reuid', String(user.uid), '--regid', String(user.gid), '--init-groups']
  if (spawnSync('setpriv', [...asUser, process.execPath, '--version']).status === 0) return process.execPath
  const copy = join(temp, 'node')
  cpSync(realpathSync(process.execPath), copy)
  return copy
}

/** Gives a tree to a user. */
export function chownTree(path: string, user: TestUser): void {
  chownSync(path, user.uid, user.gid)
  for (const name of readdirSync(path, { recursive: true }) as string[])
    lchownSync(join(path, name), user.uid, user.gid)
}
