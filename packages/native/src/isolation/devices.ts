import type { Command } from '@execd/core/driver'
import type { DeviceNode } from '@execd/linux/devices'
import {
  MOUNT_ATTR_NOEXEC,
  MOUNT_ATTR_NOSUID,
  O_PATH,
  OPEN_TREE_CLONE,
  S_IFBLK,
  S_IFCHR,
  S_IFIFO,
  S_IFREG,
} from '../linux/constants.js'
import { step } from '../plan/steps.js'
import type { About, PlanBuilder } from './builder.js'

const STANDARD: readonly DeviceNode[] = (
  [
    ['null', 1, 3],
    ['zero', 1, 5],
    ['full', 1, 7],
    ['random', 1, 8],
    ['urandom', 1, 9],
    ['tty', 5, 0],
  ] as const
).map(([name, major, minor]) => ({
  path: `/dev/${name}`,
  type: 'c',
  major,
  minor,
  fileMode: 0o666,
  uid: 0,
  gid: 0,
}))

const LINKS: ReadonlyArray<readonly [path: string, target: string]> = [
  ['/dev/fd', '/proc/self/fd'],
  ['/dev/stdin', '/proc/self/fd/0'],
  ['/dev/stdout', '/proc/self/fd/1'],
  ['/dev/stderr', '/proc/self/fd/2'],
  ['/dev/ptmx', 'pts/ptmx'],
]

const FILE_TYPE = { b: S_IFBLK, c: S_IFCHR, p: S_IFIFO } as const

/** Fills the new /dev: nodes (binds of the host's where a user namespace forbids mknod(2)), links, and the null device for masks. */
export function addDevices(
  builder: PlanBuilder,
  command: Command,
  nodes: readonly DeviceNode[],
  context: { dev: number; userNamespace: boolean },
): void {
  const about: About = { code: 'EXECD_DEVICE', field: 'devices', action: 'fill /dev' }
  const own = new Set(nodes.map((node) => node.path))
  for (const node of STANDARD) if (!own.has(node.path)) addNode(builder, about, node, context.userNamespace)
  for (const [index, node] of nodes.entries()) {
    const what: About = {
      code: 'EXECD_DEVICE',
      field: `devices.created[${index}]`,
      action: `make ${node.path}`,
    }
    addParents(builder, what, node.path)
    addNode(builder, what, node, context.userNamespace)
  }
  builder.add(about, ...LINKS.map(([path, target]) => step.symlink({ target, path })))
  if (command.process.terminal) builder.add(about, step.node({ mode: S_IFREG | 0o600, path: '/dev/console' }))
  const slot = builder.slot()
  builder.add(
    about,
    step.open({ slot, dir: context.dev, flags: O_PATH, type: S_IFCHR, path: 'null' }),
    step.nullDevice({ slot }),
  )
}

function addNode(builder: PlanBuilder, about: About, node: DeviceNode, userNamespace: boolean): void {
  if (!userNamespace || node.type === 'p') {
    const { path, uid, gid, major, minor } = node
    builder.add(
      about,
      step.node({ mode: FILE_TYPE[node.type] | node.fileMode, major, minor, uid, gid, path }),
    )
    return
  }
  const slot = builder.slot()
  builder.add(
    about,
    step.openTree({ slot, flags: OPEN_TREE_CLONE, path: node.path }),
    step.setAttr({ slot, set: MOUNT_ATTR_NOSUID | MOUNT_ATTR_NOEXEC }),
    step.mount({ slot, create: true, nofollow: true, target: node.path }),
  )
  builder.free(slot)
}

/** Folders between /dev and the node. `dir` refuses what exists, so each is made once: /dev is new. */
function addParents(builder: PlanBuilder, about: About, path: string): void {
  const made = builder.madeFolders
  const parts = path.split('/').slice(2, -1)
  for (let depth = 1; depth <= parts.length; depth++) {
    const folder = `/dev/${parts.slice(0, depth).join('/')}`
    if (made.has(folder)) continue
    made.add(folder)
    builder.add(about, step.dir({ mode: 0o755, path: folder }))
  }
}
