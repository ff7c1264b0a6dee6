import { type Command, parseMountOptions } from '@execd/core/driver'
import {
  AT_EMPTY_PATH,
  AT_RECURSIVE,
  MS_PRIVATE,
  O_DIRECTORY,
  O_PATH,
  OPEN_TREE_CLONE,
  S_IFDIR,
} from '../linux/constants.js'
import { step } from '../plan/steps.js'
import type { About, PlanBuilder } from './builder.js'
import { mapText, type UserNamespace } from './id-map.js'

/** Clones of sources, with their owners mapped: slots of the root file system, and of binds by the index of the mount. */
export interface MappedSources {
  readonly root: number | null
  readonly mounts: ReadonlyMap<number, number>
}

const NONE: MappedSources = { root: null, mounts: new Map() }

const HINT =
  'the file system must support id-mapped mounts, and so must every one below it with rootfs.idmap and ridmap: ext4 and xfs do since Linux 5.12, btrfs since 5.15, tmpfs since 6.3'

/**
 * Clones what the command wants with mapped owners. The monitor does that, before the child is made: only who has CAP_SYS_ADMIN where a file system was mounted
 * may map its owners (mount_setattr(2)). The maps are those of the container's user namespace, which does not exist yet, so another one gets them too.
 */
export function addMappedSources(
  builder: PlanBuilder,
  command: Command,
  userNamespace: UserNamespace | null,
): MappedSources {
  const { rootfs } = command
  const binds = command.mounts.flatMap((mount, index) => {
    const { idmap } = parseMountOptions(mount.type, mount.options).options
    const { recursive } = parseMountOptions(mount.type, mount.options).options
    return mount.type === 'bind' && idmap !== 'none'
      ? [{ index, source: mount.source, idmap, recursive }]
      : []
  })
  const wantsRoot = rootfs.type === 'directory' && rootfs.idmap
  if (userNamespace === null || (!wantsRoot && binds.length === 0)) return NONE
  const maps = builder.slot()
  builder.add(
    {
      code: 'EXECD_NAMESPACE',
      field: 'namespaces.uidMappings',
      action: 'make a user namespace to map owners by',
    },
    step.userNamespace({
      slot: maps,
      uidMap: mapText(userNamespace.uid),
      gidMap: mapText(userNamespace.gid),
    }),
  )
  const root = wantsRoot ? mappedRoot(builder, rootfs.path, maps) : null
  const mounts = new Map(binds.map((bind) => [bind.index, mappedBind(builder, { ...bind, maps })]))
  builder.free(maps)
  return { root, mounts }
}

function mappedRoot(builder: PlanBuilder, path: string, maps: number): number {
  const about: About = {
    code: 'EXECD_ROOTFS',
    field: 'rootfs.idmap',
    action: `map the owners of ${path}`,
    hint: HINT,
  }
  const [source, slot] = [builder.slot('rootfs'), builder.slot('rootfs')]
  const flags = OPEN_TREE_CLONE | AT_RECURSIVE | AT_EMPTY_PATH
  builder.add(
    { ...about, field: 'rootfs.path', hint: 'the path must be an existing directory' },
    step.open({ phase: 'host', slot: source, flags: O_PATH | O_DIRECTORY, type: S_IFDIR, path }),
    step.openTree({ phase: 'host', slot, dir: source, flags, path: '' }),
  )
  builder.add(
    about,
    step.setAttr({ phase: 'host', slot, propagation: MS_PRIVATE, recursive: true, usernsSlot: maps }),
  )
  builder.free(source)
  return slot
}

interface MappedBind {
  readonly index: number
  readonly source: string
  readonly idmap: 'mount' | 'tree'
  /** The whole tree below the source. */
  readonly recursive: boolean
  readonly maps: number
}

function mappedBind(builder: PlanBuilder, bind: MappedBind): number {
  const { index, source, maps } = bind
  const field = `mounts[${index}]`
  const slot = builder.slot(field)
  const depth = bind.recursive ? AT_RECURSIVE : 0
  builder.add(
    {
      code: 'EXECD_MOUNT',
      field,
      action: `bind ${source}`,
      hint: 'the source must exist on the host',
    },
    step.openTree({ phase: 'host', slot, flags: OPEN_TREE_CLONE | depth, path: source }),
  )
  builder.add(
    { code: 'EXECD_MOUNT', field: `${field}.options`, action: `map the owners of ${source}`, hint: HINT },
    step.setAttr({ phase: 'host', slot, recursive: bind.idmap === 'tree', usernsSlot: maps }),
  )
  return slot
}
