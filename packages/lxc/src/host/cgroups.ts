import { readFileSync } from 'node:fs'
import {
  type CgroupLayout,
  type CgroupPaths,
  type CgroupPlace,
  groupPaths,
  type Hierarchy,
  joinPath,
} from '@execd/linux/cgroup'
import { parseMembership } from '@execd/linux/proc'

/** Where limits are written; where no cgroup file system is mounted it makes no difference. */
export function versionOf(layout: CgroupLayout): 1 | 2 {
  return layout.version ?? 2
}

/** The hierarchies in which LXC makes groups, as a place that limits are decided for. */
export function placeOf(layout: CgroupLayout): CgroupPlace {
  const parent = ({ controllers, mountPoint }: Hierarchy) => ({ controllers, top: mountPoint, names: [] })
  const hierarchies = layout.version === 1 ? layout.hierarchies : layout.v2 === null ? [] : [layout.v2]
  return { version: versionOf(layout), parents: hierarchies.map(parent), unavailable: {} }
}

/** The groups at a path below those of process 1, where LXC makes them for root, in every hierarchy that is mounted. */
export function groupsBelowInit(layout: CgroupLayout, path: string): CgroupPaths {
  let text = ''
  try {
    text = readFileSync('/proc/1/cgroup', 'utf8')
  } catch {
    // no base known: the top of each hierarchy
  }
  const base = parseMembership(text)
  // systemd's process 1 is in a scope of its own, which LXC leaves (cgfsng.c, prune_init_scope)
  const prefix = (name: string): string => (base[name] ?? '/').replace(/\/init\.scope$/, '')
  return groupPaths(layout, (name) => joinPath('/', prefix(name), path))
}
