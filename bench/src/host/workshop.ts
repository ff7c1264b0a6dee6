import { spawnSync } from 'node:child_process'
import { chmod, copyFile, mkdir, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type CgroupLayout, cgroupMounts, layoutOf, removeCgroup } from './cgroups.js'
import { findTool } from './find-tool.js'

/** Where a run of the bench works: plain data, given to the processes that measure. */
export interface Workshop {
  /** Temporary folder for everything. */
  readonly folder: string
  /** Root file system of every container: one static busybox. */
  readonly rootfs: string
  /** Cgroup that all containers are below, as a path from the top of each hierarchy, without a leading slash. */
  readonly cgroup: string
  readonly layout: CgroupLayout
}

/** Path of busybox inside every container. */
export const BUSYBOX = '/bin/busybox'

/** Makes the temporary folder, in memory where the mount namespace allows it, and the root file system. */
export async function openWorkshop(): Promise<Workshop> {
  const busybox = findTool('busybox')
  if (busybox === null) throw new Error('busybox is not on PATH: install busybox-static')
  const folder = await mkdtemp(join(tmpdir(), 'execd-bench-'))
  if (process.geteuid?.() === 0) spawnSync('mount', ['-t', 'tmpfs', '-o', 'mode=755', 'execd-bench', folder])
  await chmod(folder, 0o755)
  const rootfs = join(folder, 'rootfs')
  for (const name of ['bin', 'dev', 'etc', 'proc', 'sys', 'tmp'])
    await mkdir(join(rootfs, name), { recursive: true })
  await copyFile(busybox, join(rootfs, BUSYBOX))
  const works = spawnSync('chroot', [rootfs, BUSYBOX, 'true']).status === 0 || process.geteuid?.() !== 0
  const workshop = { folder, rootfs, cgroup: `execd-bench-${process.pid}`, layout: layoutOf(cgroupMounts()) }
  if (works) return workshop
  await closeWorkshop(workshop)
  throw new Error(`${busybox} is not static: install busybox-static`)
}

/** Removes all of it. Gives what could not be removed. */
export async function closeWorkshop(workshop: Workshop): Promise<string[]> {
  const left = await removeCgroup(workshop.cgroup)
  if (process.geteuid?.() === 0) spawnSync('umount', ['-l', workshop.folder])
  await rm(workshop.folder, { recursive: true, force: true })
  return left
}
