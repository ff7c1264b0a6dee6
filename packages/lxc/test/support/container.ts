import { spawnSync } from 'node:child_process'
import {
  chmodSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { type CommandInput, createRuntime, type RunOptions, type Runtime } from '@execd/core'
import { type LxcOptions, lxc } from '@execd/lxc'
import { findProgram } from '@execd/test-support'
import { afterAll, beforeAll, expect } from '@jest/globals'

/** A folder that is removed after the tests of a file. */
export interface Scratch {
  readonly path: string
  remove(): void
}

export function scratch(): Scratch {
  const path = mkdtempSync(join(tmpdir(), 'execd-lxc-'))
  chmodSync(path, 0o755)
  return { path, remove: () => rmSync(path, { recursive: true, force: true }) }
}

/** A root file system of busybox alone. */
export function makeRootfs(path: string): string {
  for (const folder of ['bin', 'etc', 'tmp', 'data', 'mnt'])
    mkdirSync(join(path, folder), { recursive: true })
  const busybox = findProgram('busybox') ?? ''
  copyFileSync(busybox, join(path, 'bin/busybox'))
  const applets = spawnSync(busybox, ['--list'], { encoding: 'utf8' }).stdout.split('\n').filter(Boolean)
  for (const applet of applets) if (applet !== 'busybox') symlinkSync('busybox', join(path, 'bin', applet))
  writeFileSync(join(path, 'etc/passwd'), 'root:x:0:0::/root:/bin/sh\nbob:x:1000:1001::/home/bob:/bin/sh\n')
  writeFileSync(join(path, 'etc/group'), 'root:x:0:\nbob:x:1001:\nstaff:x:50:bob\n')
  return path
}

/** A parent cgroup that no other test file uses. */
export const cgroupParent = (folder: string): string => `/${basename(folder)}`

/** A runtime with a driver of its own below a scratch folder. */
export function lxcRuntime(folder: string, options: LxcOptions = {}): Promise<Runtime> {
  return createRuntime({
    driver: lxc({ stateDir: join(folder, 'state'), cgroupParent: cgroupParent(folder), ...options }),
  })
}

/** What a driver left on the host: cgroups, its state, what LXC keeps in /run. */
export function leftovers(folder: string): string[] {
  const parent = cgroupParent(folder)
  const groups = readdirSync('/sys/fs/cgroup').map((name) => `/sys/fs/cgroup/${name}${parent}`)
  return [
    ...groups,
    `/sys/fs/cgroup${parent}`,
    join(folder, 'state'),
    `/run/lxc${folder}`,
    `/run/lxc/lock${folder}`,
  ].filter((path) => existsSync(path))
}

/** For the tests of a `describe`: a root file system, and commands run in it by one driver, which must leave nothing in the end. */
export function containers() {
  const folder = scratch()
  const rootfs = join(folder.path, 'rootfs')
  let runtime: Runtime
  beforeAll(async () => {
    makeRootfs(rootfs)
    runtime = await lxcRuntime(folder.path)
  })
  afterAll(async () => {
    await runtime.close()
    expect(leftovers(folder.path)).toEqual([])
    folder.remove()
  })
  const run = (args: string[], more: object = {}, process: object = {}, options: RunOptions = {}) =>
    runtime.run({ rootfs, ...more, process: { args, ...process } } as CommandInput, options)
  const shell = (script: string, more: object = {}, process: object = {}, options: RunOptions = {}) =>
    run(['sh', '-c', script], more, process, options)
  const start = (args: string[], more: object = {}) =>
    runtime.start({ rootfs, ...more, process: { args } } as CommandInput)
  return { folder, rootfs, run, shell, start }
}
