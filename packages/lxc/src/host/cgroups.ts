import { readdirSync, readFileSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { parseMountInfo } from '@execd/linux/mounts'
import { parseMembership } from '@execd/linux/proc'
import type { CgroupVersion } from '../config/limits.js'

/** Where the cgroup hierarchies are on this host. */
export interface CgroupLayout {
  readonly version: CgroupVersion
  /** Mount point by controller of v1; "" for the one of v2, if it is mounted. */
  readonly mounts: ReadonlyMap<string, string>
}

/** The controllers of v1 without which limits and freezing are not there. */
const CONTROLLERS = ['cpu', 'cpuacct', 'cpuset', 'memory', 'pids', 'blkio', 'devices', 'freezer']

/** Reads the layout from /proc/self/mountinfo. v2 counts when no controller of v1 is mounted. Pure. */
export function parseLayout(mountinfo: string): CgroupLayout {
  const mounts = new Map<string, string>()
  for (const { type, mountPoint, superOptions } of parseMountInfo(mountinfo)) {
    if (type === 'cgroup2') mounts.set('', mountPoint)
    if (type === 'cgroup')
      for (const name of superOptions)
        if (CONTROLLERS.includes(name) || name.startsWith('name=')) mounts.set(name, mountPoint)
  }
  const version = CONTROLLERS.some((name) => mounts.has(name)) ? 1 : 2
  return { version, mounts }
}

export async function readLayout(): Promise<CgroupLayout> {
  return parseLayout(await readFile('/proc/self/mountinfo', 'utf8'))
}

/** Full paths of a container's groups, by controller. */
export type GroupDirs = ReadonlyMap<string, string>

/** The groups at a path below those of process 1, where LXC makes them for root. */
export function groupsBelowInit(layout: CgroupLayout, path: string): GroupDirs {
  let text = ''
  try {
    text = readFileSync('/proc/1/cgroup', 'utf8')
  } catch {
    // no base known: the top of each hierarchy
  }
  const base = parseMembership(text)
  // systemd's process 1 is in a scope of its own, which LXC leaves (cgfsng.c, prune_init_scope)
  const prefix = (name: string): string =>
    (base[name] ?? '/').replace(/\/init\.scope$/, '').replace(/\/$/, '')
  return new Map([...layout.mounts].map(([name, mount]) => [name, `${mount}${prefix(name)}/${path}`]))
}

/** A group and all below it, the deepest first. Empty when it is not there. */
export function treeOf(dir: string): string[] {
  try {
    const children = readdirSync(dir, { withFileTypes: true }).filter((entry) => entry.isDirectory())
    return [...children.flatMap((entry) => treeOf(`${dir}/${entry.name}`)), dir]
  } catch {
    return []
  }
}

/** Pids in a group and all below it. */
export function pidsOf(dir: string): number[] {
  const pids = new Set<number>()
  for (const group of treeOf(dir)) {
    try {
      for (const pid of readFileSync(`${group}/cgroup.procs`, 'latin1').split('\n'))
        if (pid !== '') pids.add(Number(pid))
    } catch {
      // gone in between
    }
  }
  return [...pids]
}

/** The group that all processes of the container are in, whatever controllers there are. */
export function anyGroup(dirs: GroupDirs): string | undefined {
  return (
    dirs.get('freezer') ?? dirs.get('pids') ?? dirs.get('devices') ?? dirs.get('') ?? [...dirs.values()][0]
  )
}
