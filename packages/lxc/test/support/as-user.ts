import { type ChildProcess, spawn } from 'node:child_process'
import { chmodSync, chownSync, cpSync, existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { chownTree, copyPackages, DelegatedGroups, findTestUser, nodeFor } from '@execd/test-support'
import { makeRootfs, type Scratch, scratch } from './container.js'

/** A place where the test user runs scripts of these tests. */
export interface UserPlace {
  readonly folder: Scratch
  readonly rootfs: string
  /** Starts a script with the root file system as its first argument. `path`: PATH. */
  start(script: string, args?: readonly string[], path?: string): ChildProcess
  /** What is left of drivers: cgroups and files. */
  left(): string[]
  remove(): void
}

/** Makes one. `controllers`: those of which groups are given to the user; by default all. */
export function makeUserPlace(scripts: readonly string[], controllers?: readonly string[]): UserPlace {
  const user = findTestUser()
  if (user === undefined) throw new Error('there is no test user')
  const folder = scratch()
  const rootfs = makeRootfs(join(folder.path, 'rootfs'))
  chownTree(rootfs, user)
  chmodSync(join(rootfs, 'tmp'), 0o1777)
  const code = join(folder.path, 'scripts')
  const here = dirname(fileURLToPath(import.meta.url))
  copyPackages({ '@execd/lxc': join(here, '../..') }, code)
  writeFileSync(join(code, 'package.json'), '{ "type": "module" }')
  for (const script of scripts) cpSync(join(here, '..', script), join(code, script))
  const runtime = join(folder.path, 'runtime')
  mkdirSync(runtime, { mode: 0o700 })
  chownSync(runtime, user.uid, user.gid)
  const groups = new DelegatedGroups(basename(folder.path), user, controllers)
  const node = nodeFor(user, folder.path)
  const asUser = ['--reuid', String(user.uid), '--regid', String(user.gid), '--init-groups', '--']
  const start = (script: string, args: readonly string[] = [], path = process.env.PATH) => {
    const command = [...asUser, node, join(code, script), rootfs, ...args]
    return spawn('sh', ['-c', `${groups.enter} && exec setpriv "$@"`, 'sh', ...command], {
      stdio: ['pipe', 'pipe', 'pipe'],
      cwd: folder.path,
      env: { PATH: path, HOME: user.home, XDG_RUNTIME_DIR: runtime },
    })
  }
  const left = () => [
    ...groups.left(),
    ...readdirSync(runtime).filter((name) => name !== 'lxc'),
    ...(existsSync(join(runtime, 'lxc')) ? readdirSync(join(runtime, 'lxc')) : []),
  ]
  const remove = () => {
    groups.remove()
    folder.remove()
  }
  return { folder, rootfs, start, left, remove }
}
