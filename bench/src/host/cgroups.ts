import { readdirSync, readFileSync, rmdirSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { parseMountInfo } from '@execd/linux/mounts'

/** One mounted cgroup hierarchy. */
export interface CgroupMount {
  readonly path: string
  readonly type: 'cgroup' | 'cgroup2'
}

/** How the hierarchies of a machine are laid out. */
export type CgroupLayout = 'v1' | 'hybrid' | 'v2' | 'none'

/** The cgroup mounts in the text of /proc/self/mountinfo. */
export function parseCgroupMounts(mountinfo: string): CgroupMount[] {
  return parseMountInfo(mountinfo).flatMap(({ mountPoint, type }) =>
    type === 'cgroup' || type === 'cgroup2' ? [{ path: mountPoint, type }] : [],
  )
}

export function layoutOf(mounts: readonly CgroupMount[]): CgroupLayout {
  const v1 = mounts.some(({ type }) => type === 'cgroup')
  const v2 = mounts.some(({ type }) => type === 'cgroup2')
  if (v1) return v2 ? 'hybrid' : 'v1'
  return v2 ? 'v2' : 'none'
}

export function cgroupMounts(): CgroupMount[] {
  return parseCgroupMounts(readFileSync('/proc/self/mountinfo', 'utf8'))
}

/** Kills what is left in the cgroup of this name in every hierarchy and removes it with all below. Gives the folders that stayed. */
export async function removeCgroup(name: string): Promise<string[]> {
  const folders = cgroupMounts().map(({ path }) => join(path, name))
  const deadline = performance.now() + 3000
  for (;;) {
    const left = folders.filter((folder) => !removeTree(folder))
    if (left.length === 0 || performance.now() > deadline) return left
    await sleep(20)
  }
}

/** True when nothing of the folder is left. */
function removeTree(folder: string): boolean {
  let children: string[]
  try {
    const entries = readdirSync(folder, { withFileTypes: true })
    children = entries.filter((entry) => entry.isDirectory()).map((entry) => join(folder, entry.name))
  } catch {
    return true
  }
  for (const child of children) removeTree(child)
  try {
    for (const pid of readFileSync(join(folder, 'cgroup.procs'), 'utf8').split('\n').filter(Boolean))
      process.kill(Number(pid), 'SIGKILL')
    rmdirSync(folder)
    return true
  } catch {
    return false // busy until the kernel has buried the last process: tried again
  }
}
