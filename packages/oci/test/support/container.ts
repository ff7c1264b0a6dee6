import { spawnSync } from 'node:child_process'
import {
  chmodSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { type CommandInput, createRuntime, type RunOptions, type Runtime } from '@execd/core'
import { findProgram } from '@execd/linux/programs'
import { type OciOptions, oci } from '@execd/oci'
import { afterAll, beforeAll, expect } from '@jest/globals'

/** The runtimes that are tested. */
export const RUNTIMES = ['runc', 'crun'].map((name) => [name] as const)

/** A folder that is removed after the tests of a file. */
export function scratch(): string {
  const path = mkdtempSync(join(tmpdir(), 'execd-oci-'))
  chmodSync(path, 0o755)
  return path
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

/** Options that no other test file uses. */
export function optionsFor(folder: string, runtime: string): OciOptions {
  return { runtime, stateDir: join(folder, 'state'), cgroupParent: `/${basename(folder)}` }
}

/** Groups of containers, mounts, and folders of state that are left on the host. */
export function leftovers(folder: string): string[] {
  const parents = readdirSync('/sys/fs/cgroup').map((name) => `/sys/fs/cgroup/${name}/${basename(folder)}`)
  const groups = parents.flatMap((parent) =>
    existsSync(parent)
      ? readdirSync(parent, { withFileTypes: true })
          .filter((entry) => entry.isDirectory())
          .map(({ name }) => `${parent}/${name}`)
      : [],
  )
  const state = join(folder, 'state')
  const mounts = readFileSync('/proc/self/mountinfo', 'utf8')
    .split('\n')
    .filter((line) => line.includes(folder))
  return [
    ...mounts,
    ...groups,
    ...(existsSync(state) ? readdirSync(state).filter((name) => name !== 'ids') : []),
  ]
}

/** Removes the empty parent groups of a test file. */
export function removeParents(folder: string): void {
  for (const name of readdirSync('/sys/fs/cgroup'))
    spawnSync('rmdir', [`/sys/fs/cgroup/${name}/${basename(folder)}`], { stdio: 'ignore' })
}

/** Pids whose command line holds a text and that have not ended. */
export function processesWith(text: string): string[] {
  return readdirSync('/proc').filter((pid) => {
    try {
      return /^\d+$/.test(pid) && readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes(text)
    } catch {
      return false
    }
  })
}

/** Waits until nothing of a test is left, and says what is. */
export async function nothingLeft(folder: string, text: string): Promise<void> {
  const left = (): string[] => [...leftovers(folder), ...processesWith(folder), ...processesWith(text)]
  for (let tries = 0; tries < 100 && left().length > 0; tries++) await sleep(50)
  expect(left()).toEqual([])
}

/** For the tests of a `describe`: a root file system, and commands run in it by one driver, which must leave nothing in the end. */
export function containers(name: string) {
  const folder = scratch()
  const rootfs = join(folder, 'rootfs')
  let runtime: Runtime
  beforeAll(async () => {
    makeRootfs(rootfs)
    runtime = await createRuntime({ driver: oci(optionsFor(folder, name)) })
  })
  afterAll(async () => {
    await runtime.close()
    expect(leftovers(folder)).toEqual([])
    removeParents(folder)
    rmSync(folder, { recursive: true, force: true })
  })
  const input = (args: string[], more: object, process: object) =>
    ({ rootfs, ...more, process: { args, ...process } }) as CommandInput
  const run = (args: string[], more: object = {}, process: object = {}, options: RunOptions = {}) =>
    runtime.run(input(args, more, process), options)
  const shell = (script: string, more: object = {}, process: object = {}, options: RunOptions = {}) =>
    run(['sh', '-c', script], more, process, options)
  const start = (args: string[], more: object = {}, process: object = {}) =>
    runtime.start(input(args, more, process))
  return { folder, rootfs, run, shell, start, runtime: () => runtime }
}
