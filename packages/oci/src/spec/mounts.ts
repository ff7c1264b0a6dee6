import { type Command, type Mount, parseMountOptions } from '@execd/core/driver'
import type { OciMount } from './oci-types.js'

/** What the mounts depend on beside the command. */
export interface MountContext {
  /** The container has a user namespace of its own. */
  readonly userNamespace: boolean
  /** Whether group 5 (tty) exists inside. */
  readonly ttyGroup: boolean
  /** Whether the container has cgroups to be shown. */
  readonly cgroups: boolean
  /** Whether the host has a folder for POSIX message queues, to be shared with `namespaces.ipc: "host"`. */
  readonly hostMqueue: boolean
}

const SAFE = ['nosuid', 'noexec', 'nodev']

const filesystem = (destination: string, type: string, options: readonly string[]): OciMount => ({
  destination,
  type,
  source: type,
  options,
})

const bind = (path: string, options: readonly string[]): OciMount => ({
  destination: path,
  type: 'bind',
  source: path,
  options: ['rbind', 'rprivate', ...options],
})

function shmMounts(command: Command, { hostMqueue }: MountContext): OciMount[] {
  if (command.namespaces.ipc === 'host')
    return [bind('/dev/shm', SAFE), ...(hostMqueue ? [bind('/dev/mqueue', SAFE)] : [])]
  return [
    filesystem('/dev/shm', 'tmpfs', [...SAFE, 'mode=1777', 'size=65536k']),
    filesystem('/dev/mqueue', 'mqueue', SAFE),
  ]
}

/** sysfs shows a network namespace, and may be mounted only by the user namespace that owns that: else the host's is bound, cgroups and all. */
function sysMounts(command: Command, { userNamespace, cgroups }: MountContext): OciMount[] {
  const write = command.process.privileged ? 'rw' : 'ro'
  if (userNamespace && command.network.mode !== 'none') return [bind('/sys', [...SAFE, `r${write}`, write])]
  return [
    filesystem('/sys', 'sysfs', [...SAFE, write]),
    ...(cgroups ? [filesystem('/sys/fs/cgroup', 'cgroup', [...SAFE, 'relatime', write])] : []),
  ]
}

/** The mounts that every container has, in order. */
export function standardMounts(command: Command, context: MountContext): OciMount[] {
  const tty = context.ttyGroup ? ['gid=5'] : []
  return [
    filesystem('/proc', 'proc', SAFE),
    filesystem('/dev', 'tmpfs', ['nosuid', 'strictatime', 'mode=755', 'size=65536k']),
    filesystem('/dev/pts', 'devpts', [
      'nosuid',
      'noexec',
      'newinstance',
      'ptmxmode=0666',
      'mode=0620',
      ...tty,
    ]),
    ...shmMounts(command, context),
    ...sysMounts(command, context),
  ]
}

/** Words that the runtimes also know in a form that holds for every mount below: "ro" for the one mount, "rro" for all. */
const RECURSIVE = ['ro', 'nosuid', 'nodev', 'noexec', 'noatime', 'strictatime', 'nodiratime', 'nosymfollow']

/** The words of a mount of the command, as runtimes read them. */
export function mountWords(mount: Mount): string[] {
  const { options } = parseMountOptions(mount.type, mount.options)
  const words = ['ro', 'nosuid', 'nodev', 'noexec', 'nodiratime', 'nosymfollow'].filter((word) =>
    word === 'ro' ? options.readonly : options[word as 'nosuid'],
  )
  if (options.atime !== 'relatime') words.push(options.atime)
  if (mount.type === 'tmpfs') return [...words, ...options.data.map(([key, value]) => `${key}=${value}`)]
  const below = options.recursive
    ? words.filter((word) => RECURSIVE.includes(word)).map((word) => `r${word}`)
    : []
  const owners = { none: [], mount: ['idmap'], tree: ['ridmap'] }[options.idmap]
  return [options.recursive ? 'rbind' : 'bind', options.propagation, ...words, ...below, ...owners]
}

/** The mounts of the command, in its order. */
export function commandMounts({ mounts }: Command): OciMount[] {
  return mounts.map((mount) => ({
    destination: mount.destination,
    type: mount.type,
    source: mount.type === 'bind' ? mount.source : 'tmpfs',
    options: mountWords(mount),
  }))
}

/** Propagation of the container's root, where a mount shares with the host or follows it; else undefined, and the runtimes cut it off from the host's. */
export function rootPropagation({ mounts }: Command): 'shared' | 'slave' | undefined {
  const all = mounts.map((mount) => parseMountOptions(mount.type, mount.options).options.propagation)
  if (all.some((word) => word.endsWith('shared'))) return 'shared'
  return all.some((word) => word.endsWith('slave')) ? 'slave' : undefined
}
