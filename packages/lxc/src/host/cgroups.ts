import { accessSync, constants, readFileSync } from 'node:fs'
import {
  type CgroupLayout,
  type CgroupPaths,
  type CgroupPlace,
  groupPaths,
  type Hierarchy,
  joinPath,
  type Unavailable,
} from '@execd/linux/cgroup'
import { parseMembership } from '@execd/linux/proc'
import { isRoot } from './user.js'

/** Where limits are written; where no cgroup file system is mounted it makes no difference. */
export function versionOf(layout: CgroupLayout): 1 | 2 {
  return layout.version ?? 2
}

/** Cgroups as far as this user may make groups. */
export interface OpenCgroups {
  readonly layout: CgroupLayout
  /** Controllers of hierarchies that this user may make no groups in. */
  readonly closed: readonly string[]
}

function notDelegated(controller: string): Unavailable {
  return {
    reason: `this user may make no groups below the one of this process in the hierarchy of ${controller}`,
    hint: 'as root: give the user the folder of that group (chown -R), or run as root',
  }
}

/** The hierarchies in which LXC makes groups, as a place that limits are decided for. */
export function placeOf({ layout, closed }: OpenCgroups): CgroupPlace {
  const parent = ({ controllers, mountPoint }: Hierarchy) => ({ controllers, top: mountPoint, names: [] })
  const hierarchies = layout.version === 1 ? layout.hierarchies : layout.v2 === null ? [] : [layout.v2]
  const unavailable = Object.fromEntries(closed.map((name) => [name, notDelegated(name)]))
  return { version: versionOf(layout), parents: hierarchies.map(parent), unavailable }
}

/**
 * The groups at a path below those that LXC makes its own below, in every hierarchy that is mounted: for root those of process 1, else those of the process that starts it
 * (cgfsng.c, __initialize_cgroups).
 */
export function groupsBelowBase(layout: CgroupLayout, path: string): CgroupPaths {
  let text = ''
  try {
    text = readFileSync(isRoot() ? '/proc/1/cgroup' : '/proc/self/cgroup', 'utf8')
  } catch {
    // no base known: the top of each hierarchy
  }
  const base = parseMembership(text)
  // systemd's process 1 is in a scope of its own, which LXC leaves (cgfsng.c, prune_init_scope)
  const prefix = (name: string): string => (base[name] ?? '/').replace(/\/init\.scope$/, '')
  return groupPaths(layout, (name) => joinPath('/', prefix(name), path))
}

function mayWrite(path: string): boolean {
  try {
    accessSync(path, constants.W_OK)
    return true
  } catch {
    return false
  }
}

/** The layout without the hierarchies in which an ordinary user can make no groups: LXC passes those over. */
export function forThisUser(layout: CgroupLayout): OpenCgroups {
  if (isRoot()) return { layout, closed: [] }
  const { dirs } = groupsBelowBase(layout, '')
  const open = (name: string | undefined): boolean => {
    const dir = dirs[name ?? '']
    return dir !== undefined && mayWrite(dir)
  }
  const ours = (list: readonly Hierarchy[]): Hierarchy[] =>
    list.filter(({ controllers: [first] }) => open(first))
  const hierarchies = ours(layout.hierarchies)
  const closed = layout.hierarchies.filter((one) => !hierarchies.includes(one))
  return {
    layout: { ...layout, hierarchies, others: ours(layout.others), v2: open('unified') ? layout.v2 : null },
    closed: closed.flatMap(({ controllers }) => controllers),
  }
}
