import { ExecdError } from '@execd/core/driver'
import { joinPath, words } from '../text.js'
import type { CgroupLayout, CgroupPaths, CgroupPlace, Hierarchy, ParentGroup, Unavailable } from '../types.js'
import { pathInMount, USED } from './layout.js'
import { notMounted } from './unavailable.js'

/** The group that is made for containers, at the top of a hierarchy or in a delegated group. */
const DEFAULT_PARENT = 'execd'

/** What finding a place asks of the file system. */
export interface PlaceReaders {
  /** Text of a file, null when it cannot be read. */
  readonly read: (path: string) => string | null
  /** Whether the file or directory exists and may be written (access(2), so a read-only mount counts as no). */
  readonly writable: (path: string) => boolean
}

interface PlaceOptions {
  /** Absolute path from the top of the hierarchy as it is mounted, as `cgroupParent` of a command. Null: chosen here. */
  readonly parent: string | null
}

/** A place, or why there is none. */
type PlaceResult =
  | { readonly place: CgroupPlace; readonly missing: null }
  | { readonly place: null; readonly missing: Unavailable }

const DELEGATE_HINT =
  'run it as root, or in a delegated cgroup: `systemd-run --user --scope -p Delegate=yes node ...`'

/**
 * Where groups of containers go. Who may write the top of the hierarchies (root) gets `/execd` there. Others get a group that
 * is delegated to them as cgroup-v2.rst, "Delegation", has it: directory, cgroup.procs and cgroup.subtree_control writable;
 * looked for are the parent of the process's own group and then that group itself. Pure but for the readers.
 */
export function findPlace(layout: CgroupLayout, options: PlaceOptions, readers: PlaceReaders): PlaceResult {
  checkParent(options.parent)
  if (layout.version === null) {
    return missing('no cgroup file system is mounted', 'mount -t cgroup2 cgroup2 /sys/fs/cgroup')
  }
  return layout.version === 2 ? findV2(layout, options, readers) : findV1(layout, options, readers)
}

function findV1(layout: CgroupLayout, options: PlaceOptions, readers: PlaceReaders): PlaceResult {
  const parents: ParentGroup[] = []
  const unavailable = unmounted(layout)
  for (const hierarchy of layout.hierarchies) {
    const found = findInV1(hierarchy, layout, options, readers)
    if ('top' in found) parents.push(found)
    else for (const controller of hierarchy.controllers) unavailable[controller] = found
  }
  if (parents.length === 0) {
    return { place: null, missing: Object.values(unavailable)[0] ?? noHierarchy }
  }
  return { place: { version: 1, parents, unavailable }, missing: null }
}

/** Controllers of v1 that this process is in a group of, and that are mounted nowhere. */
function unmounted({ own, hierarchies }: CgroupLayout): Record<string, Unavailable> {
  const mounted = new Set(hierarchies.flatMap(({ controllers }) => controllers))
  const names = Object.keys(own).filter((name) => USED.has(name) && !mounted.has(name))
  return Object.fromEntries(names.map((name) => [name, notMounted(name)]))
}

function findInV1(
  hierarchy: Hierarchy,
  layout: CgroupLayout,
  options: PlaceOptions,
  readers: PlaceReaders,
): ParentGroup | Unavailable {
  const { controllers, mountPoint } = hierarchy
  if (readers.writable(mountPoint)) return { controllers, top: mountPoint, names: parentNames(options) }
  if (hierarchy.readonly) return readonlyMount(mountPoint)
  const own = pathInMount(hierarchy, layout.own[controllers[0] ?? ''] ?? '/')
  const group = options.parent === null ? own : joinPath(mountPoint, options.parent)
  if (group !== null && readers.writable(group)) {
    return { controllers, top: group, names: options.parent === null ? [DEFAULT_PARENT] : [] }
  }
  return {
    reason: `the v1 cgroup hierarchy ${mountPoint} is not writable for this user`,
    hint: 'run it as root',
  }
}

function findV2(layout: CgroupLayout, options: PlaceOptions, readers: PlaceReaders): PlaceResult {
  const { v2 } = layout
  if (v2 === null) return { place: null, missing: noHierarchy }
  if (v2.root.startsWith('/..')) return { place: null, missing: outerMount(v2.mountPoint) }
  if (readers.writable(v2.mountPoint)) return placeV2(v2.mountPoint, parentNames(options), layout, readers)
  if (v2.readonly) return { place: null, missing: readonlyMount(v2.mountPoint) }
  if (options.parent !== null) {
    const group = joinPath(v2.mountPoint, options.parent)
    if (isDelegated(group, readers)) return placeV2(group, [], layout, readers)
    return missing(`the cgroup ${group} is not delegated to this user`, DELEGATE_HINT)
  }
  const own = pathInMount(v2, layout.own[''] ?? '/')
  if (own === null) return missing('the cgroup of this process is not below the cgroup mount', DELEGATE_HINT)
  const above = own === v2.mountPoint ? null : own.slice(0, own.lastIndexOf('/'))
  for (const group of [above, own]) {
    if (group !== null && isDelegated(group, readers))
      return placeV2(group, [DEFAULT_PARENT], layout, readers)
  }
  return missing(
    `neither the cgroup of this process (${own}) nor its parent is delegated to this user`,
    DELEGATE_HINT,
  )
}

/** To move a process, the common ancestor's cgroup.procs must be writable too (cgroup-v2.rst, "Delegation Containment"). */
function isDelegated(group: string, readers: PlaceReaders): boolean {
  return ['', 'cgroup.procs', 'cgroup.subtree_control'].every((file) =>
    readers.writable(joinPath(group, file)),
  )
}

function placeV2(
  top: string,
  names: readonly string[],
  layout: CgroupLayout,
  readers: PlaceReaders,
): PlaceResult {
  const offered = words(readers.read(joinPath(top, 'cgroup.controllers')))
  const enabled = words(readers.read(joinPath(top, 'cgroup.subtree_control')))
  // "No internal process" rule: a group with processes cannot pass controllers on; only the real root can, and it has no cgroup.type.
  const isRoot = readers.read(joinPath(top, 'cgroup.type')) === null
  const occupied = !isRoot && words(readers.read(joinPath(top, 'cgroup.procs'))).length > 0
  const controllers = occupied ? enabled : offered
  const unavailable = unmounted(layout)
  for (const controller of new Set([...(layout.v2?.controllers ?? []), ...offered])) {
    if (controllers.includes(controller)) continue
    unavailable[controller] = offered.includes(controller) ? occupiedGroup(top) : notPassedOn(controller, top)
  }
  return { place: { version: 2, parents: [{ controllers, top, names }], unavailable }, missing: null }
}

/**
 * The groups of a container at a place. On v1 only hierarchies with one of the wanted controllers are used; each of their
 * controllers is in the result. Pure.
 */
export function containerPaths(place: CgroupPlace, id: string, wanted: ReadonlySet<string>): CgroupPaths {
  const dirs: Record<string, string> = {}
  if (place.version === 2) {
    const parent = place.parents[0]
    if (parent === undefined) return { version: 2, dirs }
    return { version: 2, dirs: { unified: joinPath(parentDir(parent), id) }, top: parent.top }
  }
  const late: string[] = []
  for (const parent of place.parents) {
    const dir = joinPath(parentDir(parent), id)
    if (!parent.controllers.some((controller) => wanted.has(controller))) late.push(dir)
    else for (const controller of parent.controllers) dirs[controller] = dir
  }
  return { version: 1, dirs, late }
}

/** v1 controllers for which every exec gets a group of its own; for the others it joins the container's, unless it has a limit there. */
const EXEC_CONTROLLERS: ReadonlySet<string> = new Set(['memory', 'pids', 'freezer', 'cpuacct', 'unified'])

/** The group name of an exec below the container's group. */
export function execLeaf(execId: string): string {
  return `exec-${execId}`
}

/**
 * Whether an exec gets a group of its own in a v1 hierarchy with these controllers; `limited`: those that it has a limit of. A new cpuset is empty and
 * lets nobody in, so in a hierarchy with that one only for a limit. Pure.
 */
export function hasExecGroup(controllers: readonly string[], limited: ReadonlySet<string>): boolean {
  if (controllers.some((controller) => limited.has(controller))) return true
  return controllers.some((controller) => EXEC_CONTROLLERS.has(controller)) && !controllers.includes('cpuset')
}

/** The groups of an exec's own. `limited`: controllers that it has a limit of. Pure. */
export function execPaths(
  container: CgroupPaths,
  execId: string,
  limited: ReadonlySet<string> = new Set(),
): CgroupPaths {
  const { version, top } = container
  const entries = Object.entries(container.dirs).filter(([, dir]) => {
    const controllers = Object.keys(container.dirs).filter((name) => container.dirs[name] === dir)
    return version === 2 || hasExecGroup(controllers, limited)
  })
  const dirs = Object.fromEntries(entries.map(([name, dir]) => [name, joinPath(dir, execLeaf(execId))]))
  return top === undefined ? { version, dirs } : { version, dirs, top }
}

/** The directory in which groups of containers are made. */
export function parentDir(parent: ParentGroup): string {
  return joinPath(parent.top, ...parent.names)
}

function parentNames(options: PlaceOptions): string[] {
  return options.parent === null ? [DEFAULT_PARENT] : options.parent.split('/').filter((name) => name !== '')
}

/** A parent is joined to a mount point: nothing in it may lead out of there. */
function checkParent(parent: string | null): void {
  if (parent === null || (parent.startsWith('/') && !/\/\.{1,2}(\/|$)/.test(parent))) return
  const wanted = 'an absolute path from the top of the cgroup hierarchy without "." and ".."'
  throw new ExecdError(
    'EXECD_INVALID_OPTION',
    `cgroup parent: wanted ${wanted}, got ${JSON.stringify(parent)}`,
    {
      hint: 'give a path such as "/execd"',
      details: { path: 'cgroupParent', got: parent, wanted },
    },
  )
}

const noHierarchy: Unavailable = {
  reason: 'no cgroup hierarchy with controllers is mounted',
  hint: 'mount -t cgroup2 cgroup2 /sys/fs/cgroup',
}

function missing(reason: string, hint: string): PlaceResult {
  return { place: null, missing: { reason, hint } }
}

function readonlyMount(mountPoint: string): Unavailable {
  return {
    reason: `${mountPoint} is mounted read-only`,
    hint: 'inside a container, start that one with its cgroups writable (docker run --privileged, or podman run --cgroupns=private -v /sys/fs/cgroup:/sys/fs/cgroup:rw)',
  }
}

/** With the mount option nsdelegate no process may be moved over the border of its cgroup namespace (ENOENT). */
function outerMount(mountPoint: string): Unavailable {
  return {
    reason: `${mountPoint} shows groups outside of the cgroup namespace of this process, which it cannot use`,
    hint: `mount the namespace's own view there: umount ${mountPoint}; mount -t cgroup2 cgroup2 ${mountPoint}`,
  }
}

function occupiedGroup(top: string): Unavailable {
  return {
    reason: `processes are in ${top} itself, so it cannot pass controllers on ("no internal process" rule of cgroup v2)`,
    hint: `move them into a group below it: mkdir ${top}/leaf; for p in $(cat ${top}/cgroup.procs); do echo $p > ${top}/leaf/cgroup.procs; done`,
  }
}

function notPassedOn(controller: string, top: string): Unavailable {
  return {
    reason: `the groups above ${top} do not pass the ${controller} controller on`,
    hint: `as root, delegate it: systemctl edit user@.service with "[Service]" and "Delegate=cpu cpuset io memory pids"`,
  }
}
