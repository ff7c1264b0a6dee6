import { isCovered, parseMountInfo } from '../../mounts/index.js'
import { parseMembership } from '../../proc/index.js'
import { joinPath, words } from '../text.js'
import type { CgroupLayout, Hierarchy } from '../types.js'

/** The texts that a layout is read from; null where a file is missing. */
export interface LayoutTexts {
  /** /proc/self/mountinfo */
  readonly mountinfo: string
  /** /proc/self/cgroup */
  readonly cgroup: string
  /** Text of `cgroup.controllers` in the mount point of the v2 hierarchy. */
  readonly controllers: (mountPoint: string) => string | null
}

/** v1 controllers that a driver makes use of; one of them on v1 decides that the host counts as v1. */
export const USED: ReadonlySet<string> = new Set([
  'memory',
  'pids',
  'cpu',
  'cpuacct',
  'cpuset',
  'blkio',
  'devices',
  'freezer',
])

/** Finds the cgroup hierarchies of this host. Pure. */
export function detectLayout(texts: LayoutTexts): CgroupLayout {
  const own = parseMembership(texts.cgroup)
  const mounts = cgroupMounts(texts.mountinfo)
  const used = new Map<string, Hierarchy[]>()
  const others = new Map<string, Hierarchy[]>()
  const v2: Hierarchy[] = []
  for (const { type, superOptions, ...mount } of mounts) {
    if (type === 'cgroup2') {
      v2.push({ ...mount, controllers: words(texts.controllers(mount.mountPoint)) })
      continue
    }
    // The super options of a v1 mount name its controllers, among words such as "rw" and "clone_children".
    const all = superOptions.filter((option) => option in own)
    const wanted = all.filter((controller) => USED.has(controller))
    const [group, controllers] = wanted.length > 0 ? [used, wanted] : [others, all]
    const key = controllers.join(',')
    if (key !== '') group.set(key, [...(group.get(key) ?? []), { ...mount, controllers }])
  }
  const hierarchies = [...used.values()].map(best)
  const unified = v2.length === 0 ? null : best(v2)
  const version = hierarchies.length > 0 ? 1 : unified === null ? null : 2
  return { version, hierarchies, others: [...others.values()].map(best), v2: unified, own }
}

/** Where a group of the hierarchy, named as in /proc/PID/cgroup, is seen below the mount; null when it is not below it. */
export function pathInMount(hierarchy: Hierarchy, group: string): string | null {
  const { root, mountPoint } = hierarchy
  if (group.split('/').includes('..')) return null
  if (root === '/' || root === group) return root === group ? mountPoint : joinPath(mountPoint, group)
  return group.startsWith(`${root}/`) ? joinPath(mountPoint, group.slice(root.length)) : null
}

interface Mount extends Omit<Hierarchy, 'controllers'> {
  readonly type: string
  readonly superOptions: readonly string[]
}

function cgroupMounts(text: string): Mount[] {
  const all = parseMountInfo(text)
  return all
    .filter((mount) => /^cgroup2?$/.test(mount.type) && !isCovered(mount, all))
    .map(({ type, root, mountPoint, options, superOptions }) => ({
      type,
      root,
      mountPoint,
      readonly: options.includes('ro') || superOptions.includes('ro'),
      superOptions,
    }))
}

/** Of several mounts of one hierarchy, one that shows all of it and can be written, else the first. */
function best(mounts: readonly Hierarchy[]): Hierarchy {
  const whole = mounts.filter((mount) => mount.root === '/')
  const candidates = whole.length > 0 ? whole : mounts
  return candidates.find((mount) => !mount.readonly) ?? (candidates[0] as Hierarchy)
}
