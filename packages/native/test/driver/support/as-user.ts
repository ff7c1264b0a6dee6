import { type ChildProcess, spawn } from 'node:child_process'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { chownTree, findTestUser, nodeFor } from '@execd/test-support'
import { portableCopy } from './portable.js'
import { makeRootfs, makeTemp } from './rootfs.js'

/** A place where an ordinary user runs scripts of these tests: the test user when the suite runs as root, else whoever runs it. */
export interface UserPlace {
  readonly temp: string
  readonly rootfs: string
  /** Starts a script with the root file system as its first argument. */
  start(script: string, args?: readonly string[]): ChildProcess
}

export function makeUserPlace(scripts: readonly string[]): UserPlace {
  const temp = makeTemp('rootless')
  const rootfs = makeRootfs(join(temp, 'rootfs'))
  const stdio = ['pipe', 'pipe', 'pipe'] as const
  const user = process.geteuid?.() === 0 ? findTestUser() : undefined
  if (user === undefined) {
    const start = (script: string, args: readonly string[] = []) =>
      spawn(process.execPath, [fileURLToPath(new URL(`../${script}`, import.meta.url)), rootfs, ...args], {
        stdio: [...stdio],
      })
    return { temp, rootfs, start }
  }
  const folder = join(temp, 'scripts')
  portableCopy(folder, scripts)
  chownTree(rootfs, user)
  const node = nodeFor(user, temp)
  const asUser = ['--reuid', String(user.uid), '--regid', String(user.gid), '--init-groups', '--']
  // what an ordinary user of a login has; the folder because the one of the suite may not be readable
  const env = { PATH: process.env.PATH, HOME: user.home }
  const start = (script: string, args: readonly string[] = []) =>
    spawn('setpriv', [...asUser, node, join(folder, script), rootfs, ...args], {
      stdio: [...stdio],
      cwd: temp,
      env,
    })
  return { temp, rootfs, start }
}
