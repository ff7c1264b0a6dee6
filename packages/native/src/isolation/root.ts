import type { Command, Rootfs } from '@execd/core/driver'
import { HOST_EMPTY, shownEntries } from '@execd/linux/rootfs'
import type { HostFacts } from '../host/facts.js'
import {
  AT_EMPTY_PATH,
  AT_RECURSIVE,
  MOUNT_ATTR_NODEV,
  MOUNT_ATTR_NOSUID,
  MOUNT_ATTR_RDONLY,
  MS_PRIVATE,
  O_DIRECTORY,
  O_PATH,
  OPEN_TREE_CLONE,
  S_IFDIR,
} from '../linux/constants.js'
import { slotPath } from '../plan/ops.js'
import { step } from '../plan/steps.js'
import type { About, PlanBuilder } from './builder.js'

const ROOTFS: About = {
  code: 'EXECD_ROOTFS',
  field: 'rootfs',
  action: 'use the root file system',
  hint: 'the path must be an existing directory that this user may read',
}

const OVERLAY: About = {
  code: 'EXECD_ROOTFS',
  field: 'rootfs',
  action: 'mount the overlay',
  hint: '`upper` and `work` must be on one file system that can hold an overlay (not another overlay, not NFS), and `work` must be empty',
}

function openDirectory(builder: PlanBuilder, about: About, path: string): number {
  const slot = builder.slot(about.field)
  builder.add(about, step.open({ slot, flags: O_PATH | O_DIRECTORY, type: S_IFDIR, path }))
  return slot
}

export interface RootContext {
  readonly userNamespace: boolean
  /** Slot of a clone of the directory, with its owners mapped; null: none was made. */
  readonly mapped: number | null
}

/**
 * Steps that make the root file system, up to "the root is chosen". Everything is attached at "/" of the private mount namespace, on top of
 * the old root: lookups of host paths still begin below it. Returns the slot of the root's mount.
 */
export function addRoot(
  builder: PlanBuilder,
  command: Command,
  host: HostFacts,
  { userNamespace, mapped }: RootContext,
): number {
  switch (command.rootfs.type) {
    case 'directory':
      return addDirectory(builder, command.rootfs, mapped)
    case 'overlay':
      return addOverlay(builder, command.rootfs, userNamespace)
    case 'host':
      return userNamespace || shownEntries(host.rootEntries).some((entry) => entry.mountPoint)
        ? addHostByFolders(builder, command.rootfs, host, userNamespace)
        : addHostOverlay(builder, command.rootfs)
  }
}

function addDirectory(
  builder: PlanBuilder,
  rootfs: Extract<Rootfs, { type: 'directory' }>,
  mapped: number | null,
): number {
  const about = { ...ROOTFS, field: 'rootfs.path', action: `use ${rootfs.path} as the root file system` }
  if (mapped !== null) {
    builder.add(about, step.root({ slot: mapped, hostPath: '/' }))
    return mapped
  }
  const source = openDirectory(builder, about, rootfs.path)
  const slot = builder.slot()
  builder.add(
    about,
    step.openTree({ slot, dir: source, flags: OPEN_TREE_CLONE | AT_RECURSIVE | AT_EMPTY_PATH, path: '' }),
    step.setAttr({ slot, propagation: MS_PRIVATE, recursive: true }),
    step.root({ slot, hostPath: '/' }),
  )
  return slot
}

/** A tmpfs with folders `upper` and `work`, attached so that an overlay may use it. Returns its slot. */
function addScratch(builder: PlanBuilder, size: number | null): number {
  const about = { ...ROOTFS, action: 'make the throw-away layer' }
  const options: Array<readonly [string, string]> = [['mode', '0755']]
  if (size !== null) options.push(['size', String(size)])
  const slot = builder.filesystem(about, 'tmpfs', MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV, options)
  builder.add(
    about,
    step.root({ slot, hostPath: '/' }),
    step.dir({ mode: 0o755, path: '/upper' }),
    step.dir({ mode: 0o755, path: '/work' }),
  )
  return slot
}

interface Layers {
  readonly lower: readonly string[]
  readonly upper: string
  readonly work: string
}

/** An overlay mount in a new slot, not attached. */
function addOverlayMount(
  builder: PlanBuilder,
  layers: Layers,
  attrs: number,
  userNamespace: boolean,
): number {
  const options: Array<readonly [string, string]> = [
    ['lowerdir', layers.lower.join(':')],
    ['upperdir', layers.upper],
    ['workdir', layers.work],
  ]
  // trusted.* attributes need CAP_SYS_ADMIN on the host: overlayfs.rst, "User xattr"
  if (userNamespace) options.push(['userxattr', ''])
  return builder.filesystem(OVERLAY, 'overlay', attrs, options)
}

function addOverlay(
  builder: PlanBuilder,
  rootfs: Extract<Rootfs, { type: 'overlay' }>,
  userNamespace: boolean,
): number {
  const lower = rootfs.lower.map((path) =>
    slotPath(
      openDirectory(
        builder,
        { ...ROOTFS, field: 'rootfs.lower', action: `use ${path} as a lower layer` },
        path,
      ),
    ),
  )
  let layers: Layers
  if (rootfs.upper === null || rootfs.work === null) {
    const scratch = slotPath(addScratch(builder, rootfs.size))
    layers = { lower, upper: `${scratch}/upper`, work: `${scratch}/work` }
  } else {
    const upper = openDirectory(
      builder,
      { ...ROOTFS, field: 'rootfs.upper', action: `use ${rootfs.upper} as the upper layer` },
      rootfs.upper,
    )
    const work = openDirectory(
      builder,
      { ...ROOTFS, field: 'rootfs.work', action: `use ${rootfs.work} as the work folder` },
      rootfs.work,
    )
    layers = { lower, upper: slotPath(upper), work: slotPath(work) }
  }
  const slot = addOverlayMount(builder, layers, 0, userNamespace)
  builder.add(OVERLAY, step.root({ slot, hostPath: '/' }))
  return slot
}

function addHostOverlay(builder: PlanBuilder, rootfs: Extract<Rootfs, { type: 'host' }>): number {
  const lower = slotPath(openDirectory(builder, ROOTFS, '/'))
  const scratch = slotPath(addScratch(builder, rootfs.size))
  const attrs = MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV
  const slot = addOverlayMount(
    builder,
    { lower: [lower], upper: `${scratch}/upper`, work: `${scratch}/work` },
    attrs,
    false,
  )
  builder.add(OVERLAY, step.root({ slot, hostPath: '/' }))
  addEmptyFolders(builder, rootfs)
  return slot
}

/**
 * One overlay for each top folder. In a user namespace the kernel refuses "/" as a lower layer, because its child mounts are locked there; and
 * an overlay of "/" does not show a top folder that is a file system of its own.
 */
function addHostByFolders(
  builder: PlanBuilder,
  rootfs: Extract<Rootfs, { type: 'host' }>,
  host: HostFacts,
  userNamespace: boolean,
): number {
  const shown = shownEntries(host.rootEntries)
  const folders = shown.filter((entry) => entry.kind === 'directory')
  const sources = folders.map((entry) => openDirectory(builder, ROOTFS, `/${entry.name}`))
  const scratch = addScratch(builder, rootfs.size)
  const attrs = MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV
  const slot = builder.filesystem(ROOTFS, 'tmpfs', attrs, [['mode', '0755']])
  builder.add(
    ROOTFS,
    ...folders.flatMap((_, index) => [
      step.dir({ mode: 0o755, path: `/upper/${index}` }),
      step.dir({ mode: 0o755, path: `/work/${index}` }),
    ]),
    step.root({ slot, hostPath: '/' }),
  )
  for (const [index, { name, mountsBelow }] of folders.entries()) {
    const source = sources[index] ?? -1
    const layer = slotPath(scratch)
    const layers = {
      lower: [slotPath(source)],
      upper: `${layer}/upper/${index}`,
      work: `${layer}/work/${index}`,
    }
    // mounts below it are locked in a user namespace, and then it can be no layer: shown as it is, read-only
    const locked = userNamespace && mountsBelow
    const mount = locked
      ? addReadonlyTree(builder, source)
      : addOverlayMount(builder, layers, attrs, userNamespace)
    if (rootfs.readonly) builder.add(OVERLAY, step.setAttr({ slot: mount, set: MOUNT_ATTR_RDONLY }))
    builder.add(OVERLAY, step.mount({ slot: mount, create: true, target: `/${name}` }))
    builder.free(mount, source)
  }
  builder.add(
    ROOTFS,
    ...shown
      .filter((entry) => entry.kind === 'symlink')
      .map((entry) => step.symlink({ target: entry.target, path: `/${entry.name}` })),
    ...HOST_EMPTY.map(([path, mode]) => step.dir({ mode, path })),
    // made now: the root may be read-only when they are mounted on
    ...['/dev', '/proc', '/sys'].map((path) => step.dir({ mode: 0o755, path })),
  )
  return slot
}

/** A folder of the host with all that is mounted below it, in a new slot, not attached. */
function addReadonlyTree(builder: PlanBuilder, source: number): number {
  const slot = builder.slot()
  builder.add(
    ROOTFS,
    step.openTree({ slot, dir: source, flags: OPEN_TREE_CLONE | AT_RECURSIVE | AT_EMPTY_PATH, path: '' }),
    step.setAttr({
      slot,
      set: MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV,
      propagation: MS_PRIVATE,
      recursive: true,
    }),
  )
  return slot
}

/** Covers the host's own with empty folders. */
function addEmptyFolders(builder: PlanBuilder, rootfs: Extract<Rootfs, { type: 'host' }>): void {
  const attrs = MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV
  for (const [path, mode] of HOST_EMPTY) {
    const about = { ...ROOTFS, action: `cover ${path} of the host` }
    const options: Array<readonly [string, string]> = [['mode', mode.toString(8).padStart(4, '0')]]
    if (rootfs.size !== null) options.push(['size', String(rootfs.size)])
    const slot = builder.filesystem(about, 'tmpfs', attrs, options)
    builder.add(about, step.mount({ slot, create: true, nofollow: true, target: path }))
    builder.free(slot)
  }
}

/** Makes the root read-only, after everything else was mounted on it. */
export function addReadonlyRoot(builder: PlanBuilder, rootfs: Rootfs, slot: number): void {
  if (rootfs.readonly)
    builder.add(
      { ...ROOTFS, action: 'make the root read-only' },
      step.setAttr({ slot, set: MOUNT_ATTR_RDONLY }),
    )
}

/** Makes device nodes of the root file system useless. */
export function addNodev(builder: PlanBuilder, slot: number): void {
  builder.add(ROOTFS, step.setAttr({ slot, set: MOUNT_ATTR_NODEV, recursive: true }))
}
