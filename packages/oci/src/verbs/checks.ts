import { type BigIntStats, existsSync, readFileSync, statSync } from 'node:fs'
import {
  type Command,
  type Mount,
  type MountOptions,
  type ProcessSpec,
  parseMountOptions,
} from '@execd/core/driver'
import { deviceOf } from '@execd/linux/devices'
import { mountsBelow, parseMountInfo } from '@execd/linux/mounts'
import { fileError, ociError, unsupported } from '../errors.js'
import type { Host } from '../host/host.js'
import { lookupIn, type RootView, resolveIn } from '../host/root-view.js'
import type { RuntimeKind } from '../runtime/version.js'
import type { CreatedDevice } from '../spec/devices.js'
import type { SharedPaths } from '../spec/namespaces.js'
import type { DriverContext } from './context.js'

function statOf(path: string, code: 'EXECD_MOUNT' | 'EXECD_DEVICE', step: string): BigIntStats {
  try {
    return statSync(path, { bigint: true })
  } catch (error) {
    throw fileError(code, `${step}: ${path}`, error)
  }
}

/** crun takes words about access times for one mount only, not for those below it. */
function hasAccessTimes({ atime, nodiratime }: MountOptions): boolean {
  return atime !== 'relatime' || nodiratime
}

function isForOneMount(mount: Mount & { type: 'bind' }, kind: RuntimeKind, field: string): boolean {
  const { options } = parseMountOptions('bind', mount.options)
  if (!statOf(mount.source, 'EXECD_MOUNT', 'mount').isDirectory()) return true
  if (kind !== 'crun' || !options.recursive || !hasAccessTimes(options)) return false
  const below = mountsBelow(parseMountInfo(readFileSync('/proc/self/mountinfo', 'utf8')), mount.source)
  if (below.length === 0) return true
  throw unsupported(
    `${field}.options`,
    `crun cannot set access times on what is mounted below ${mount.source}`,
    'leave the words out, use the option "bind", or use runc',
  )
}

/**
 * Sources of binds that are not there are told before anything is begun. Gives the command in which binds of files are for the one mount only: nothing can be mounted
 * below, and crun takes options for that only with folders. Throws EXECD_MOUNT, EXECD_UNSUPPORTED.
 */
export function checkSources(command: Command, kind: RuntimeKind): Command {
  const mounts = command.mounts.map((mount, index) =>
    mount.type === 'bind' && isForOneMount(mount, kind, `mounts[${index}]`)
      ? { ...mount, options: [...mount.options, 'bind'] }
      : mount,
  )
  return { ...command, mounts }
}

/** Devices to make, with the numbers of the host's where none were given. Throws EXECD_DEVICE. */
export function createdDevices({ devices }: Command): CreatedDevice[] {
  return devices.created.map((device, index) => {
    if (device.type !== null)
      return { ...device, type: device.type, major: device.major ?? 0, minor: device.minor ?? 0 }
    const stats = statOf(device.path, 'EXECD_DEVICE', 'make the device')
    const numbers = deviceOf(stats)
    if (numbers === null)
      throw ociError('EXECD_DEVICE', `${device.path} is no device on the host`, {
        details: { path: `devices.created[${index}]` },
      })
    return { ...device, ...numbers }
  })
}

const OWN_FILESYSTEMS = /^\/(dev|sys)(\/|$)/

/**
 * Runtimes make a working directory that is missing; here that is an error. One that leads into /proc could lead to descriptors of the runtime, outside of
 * the root (CVE-2024-21626).
 */
export function checkCwd(view: RootView, cwd: string): void {
  const reason = wrongCwd(view, cwd)
  if (reason === null) return
  throw ociError('EXECD_WORKING_DIRECTORY', `the working directory ${cwd} ${reason}`, {
    details: { path: 'process.cwd', step: 'change into the working directory' },
  })
}

function wrongCwd(view: RootView, cwd: string): string | null {
  const real = resolveIn(view, cwd)
  if (real === null) return 'is a loop of symbolic links'
  if (real.startsWith('/proc/')) return 'leads into /proc'
  if (OWN_FILESYSTEMS.test(real) || real === '/proc') return null
  const found = lookupIn(view, real)
  if (found === null) return 'does not exist in the container'
  return found.kind === 'directory' ? null : 'is no directory'
}

/** Namespace files of the containers that a command shares with, and a look at those that it names by path. Throws EXECD_NAMESPACE. */
export function sharedNamespaces(context: DriverContext, { namespaces, network }: Command): SharedPaths {
  const refuse = (message: string, path: string): never => {
    throw ociError('EXECD_NAMESPACE', message, { details: { path } })
  }
  const ofContainer = (id: string, name: string, field: string): string => {
    const pid = context.containers.get(id)?.process?.pid
    return pid === undefined
      ? refuse(`the container ${id}, whose namespace is to be shared, does not run`, field)
      : `/proc/${pid}/ns/${name}`
  }
  const paths: { -readonly [K in keyof SharedPaths]: SharedPaths[K] } = {}
  for (const kind of ['pid', 'ipc', 'uts'] as const) {
    const choice = namespaces[kind]
    if (typeof choice === 'string') continue
    if ('container' in choice) paths[kind] = ofContainer(choice.container, kind, `namespaces.${kind}`)
    else if (!existsSync(choice.path))
      refuse(`there is no namespace file ${choice.path}`, `namespaces.${kind}`)
  }
  if (network.container !== null) paths.network = ofContainer(network.container, 'net', 'network.container')
  if (network.path !== null && !existsSync(network.path))
    refuse(`there is no namespace file ${network.path}`, 'network.path')
  return paths
}

/** Capabilities that a process may have: what this process lacks it cannot give, but in a user namespace. Throws EXECD_PERMISSION for one that was asked for by name. */
export function givenCapabilities(
  { capabilities }: ProcessSpec,
  host: Pick<Host, 'capabilities' | 'knownCapabilities'>,
  userNamespace: boolean,
): ReadonlySet<string> {
  if (userNamespace) return host.knownCapabilities
  for (const list of ['add', 'ambient'] as const)
    for (const name of capabilities[list]) {
      if (name === 'ALL' || host.capabilities.has(name)) continue
      throw ociError('EXECD_PERMISSION', `${name} cannot be given: this process does not have it`, {
        hint: `leave it out, or run with ${name} (inside Docker: --cap-add ${name.slice(4)})`,
        details: { path: `process.capabilities.${list}`, got: name },
      })
    }
  return host.capabilities
}
