import { type Command, ExecdError } from '@execd/core/driver'
import {
  CLONE_NEWIPC,
  CLONE_NEWNET,
  CLONE_NEWNS,
  CLONE_NEWPID,
  CLONE_NEWUSER,
  CLONE_NEWUTS,
  O_NONBLOCK,
  O_RDONLY,
} from '../linux/constants.js'
import { step } from '../plan/steps.js'
import type { PlanBuilder } from './builder.js'

/** The first process of a container whose namespaces can be shared. */
export interface Peer {
  readonly pid: number
  readonly startTime: bigint
}

/** One that another container asks to share with. */
export interface SharedPeer extends Peer {
  /** Its namespaces belong to a user namespace of its own. */
  readonly ownUserNamespace: boolean
  /** A process of it could trace whoever joins its pid namespace. */
  readonly mayTrace: boolean
}

/** Finds a running container of the same driver. */
export type FindPeer = (id: string) => SharedPeer | undefined

const SHARED = [
  ['pid', CLONE_NEWPID],
  ['ipc', CLONE_NEWIPC],
  ['uts', CLONE_NEWUTS],
] as const

/** Namespaces that the child gets anew, as flags of clone3(2). The cgroup namespace is unshared later, when the cgroup was joined. */
export function cloneFlags(command: Command, userNamespace: boolean): number {
  const { namespaces, network } = command
  let flags = CLONE_NEWNS
  if (userNamespace) flags |= CLONE_NEWUSER
  for (const [key, flag] of SHARED) if (namespaces[key] === 'private') flags |= flag
  if (network.mode === 'none' || network.mode === 'bridge') flags |= CLONE_NEWNET
  return flags
}

/**
 * What setns(2) must be told to bring one more process into the container, but for the user namespace and the cgroup namespace: a process may
 * be made in a cgroup only by who sees that cgroup (cgroup_namespaces(7)), so the child joins that one by itself.
 */
export function joinFlags(command: Command): number {
  const { namespaces, network } = command
  let flags = CLONE_NEWNS
  for (const [key, flag] of SHARED) if (namespaces[key] !== 'host') flags |= flag
  if (network.mode !== 'host') flags |= CLONE_NEWNET
  return flags
}

/**
 * A namespace is ruled by root of the user namespace that it was made in (user_namespaces(7)). Whoever joins that of a container with a user
 * namespace of its own comes under the rule of that container's root, and is never in the same user namespace: each container gets a new one.
 */
function traced(command: Command, field: string, peer: string): ExecdError {
  return new ExecdError(
    'EXECD_NAMESPACE',
    `${field}: a process of the container ${peer} has CAP_SYS_PTRACE and could trace the helper that joins it`,
    {
      hint: 'start that container without SYS_PTRACE, or do not share its pid namespace',
      details: { driver: 'native', container: command.id, path: field, got: peer },
    },
  )
}

function crossesUserNamespace(command: Command, field: string, peer: string): ExecdError {
  return new ExecdError(
    'EXECD_NAMESPACE',
    `${field}: the container ${peer} has a user namespace of its own, whose root would rule over what is shared`,
    {
      hint: "share with a container in the host's user namespace (`namespaces.user: 'host'`), or do not share",
      details: { driver: 'native', container: command.id, path: field, got: peer },
    },
  )
}

/** Joins the namespaces that the container shares with others, in the monitor, before the child is made. Throws EXECD_NAMESPACE. */
export function addSharedNamespaces(
  builder: PlanBuilder,
  command: Command,
  findPeer: FindPeer,
): string | null {
  const { namespaces, network } = command
  const wanted: Array<{ field: string; flag: number; choice: unknown }> = SHARED.map(([key, flag]) => ({
    field: `namespaces.${key}`,
    flag,
    choice: namespaces[key],
  }))
  if (network.mode === 'container')
    wanted.push({ field: 'network.container', flag: CLONE_NEWNET, choice: { container: network.container } })
  if (network.mode === 'path')
    wanted.push({ field: 'network.path', flag: CLONE_NEWNET, choice: { path: network.path } })
  for (const { field, flag, choice } of wanted) {
    if (typeof choice !== 'object' || choice === null) continue
    const slot = builder.slot()
    const about = { code: 'EXECD_NAMESPACE', field, action: 'join the namespace' } as const
    if ('container' in choice && typeof choice.container === 'string') {
      const peer = findPeer(choice.container)
      if (peer === undefined) return field
      if (peer.ownUserNamespace) throw crossesUserNamespace(command, field, choice.container)
      if (peer.mayTrace && flag === CLONE_NEWPID) throw traced(command, field, choice.container)
      builder.add(about, step.pidfd({ slot, pid: peer.pid, startTime: peer.startTime }))
    } else if ('path' in choice && typeof choice.path === 'string') {
      builder.add(about, step.open({ phase: 'host', slot, flags: O_RDONLY | O_NONBLOCK, path: choice.path }))
    }
    builder.add(about, step.setns({ phase: 'host', slot, flags: flag }))
  }
  return null
}
