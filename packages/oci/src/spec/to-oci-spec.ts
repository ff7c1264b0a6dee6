import { release } from 'node:os'
import { CAPABILITIES, type Command, effectiveCapabilities } from '@execd/core/driver'
import { loadDefaultProfile, type SeccompProfile } from '@execd/linux/seccomp'
import { ociError, unsupported } from '../errors.js'
import { type CreatedDevice, givenDevices, toDeviceRules, toOciDevices } from './devices.js'
import { toOciHooks } from './hooks.js'
import { withoutEmpty } from './json.js'
import { commandMounts, rootPropagation, standardMounts } from './mounts.js'
import { givenIdMaps, type IdMaps, isGroupMapped, type SharedPaths, toOciNamespaces } from './namespaces.js'
import type { OciLinux, OciMount, OciResources, OciSpec } from './oci-types.js'
import { type NumericUser, numericUser, toOciProcess } from './process.js'
import { toOciResources } from './resources.js'
import { toOciSeccomp } from './seccomp.js'

/** What a command alone does not tell. Each part has a default, so that a command that says it all needs no options. */
export interface OciSpecOptions {
  /** Version of the specification that is written. Default: "1.0.2", which every runtime reads. From "1.1" on `domainname` is a field, before that a kernel parameter. */
  readonly ociVersion?: string
  /** The prepared root file system. Default: the path of a rootfs of type "directory"; needed for the other types. */
  readonly root?: string
  /** Who the process runs as. Default: the numbers that the command gives. */
  readonly user?: NumericUser
  /** Maps of the user namespace, null for none. Default: those that the command gives. */
  readonly idMaps?: IdMaps | null
  /** Namespace files of the containers that are shared with. Default: none are known. */
  readonly shared?: SharedPaths
  /** The container's cgroup, null for no cgroups. Default: the id below `cgroupParent`, or below "/execd". */
  readonly cgroupsPath?: string | null
  /** Whether the kernel counts the swap of groups. Default: true. */
  readonly swapCounted?: boolean
  /** Devices to make, with their numbers. Default: those that the command gives. */
  readonly devices?: readonly CreatedDevice[]
  /** Whether there are device rules; an ordinary user cannot have any. Default: true. */
  readonly deviceRules?: boolean
  /** Capabilities that the kernel knows. Default: all. */
  readonly capabilities?: ReadonlySet<string>
  /** Whether the host has /dev/mqueue, which is shared with `namespaces.ipc: "host"`. Default: true. */
  readonly hostMqueue?: boolean
  /** Machine and kernel that conditions of a seccomp profile are decided for. Default: this one. */
  readonly arch?: 'x64' | 'arm64'
  readonly kernel?: string
  /** Mounts between the standard ones and the command's. Default: none. */
  readonly mounts?: readonly OciMount[]
  /** Whether the hook programs of the command are part of the result; a runtime of @execd/core runs them itself. Default: true. */
  readonly hooks?: boolean
}

const LABEL_PREFIX = 'dev.execd.label.'
const MAX_HOSTNAME = 64
const TTY = 5
const DOMAINNAME_SINCE = 1.1

function rootOf(command: Command, root: string | undefined): string {
  if (command.rootfs.type === 'directory' && command.rootfs.idmap)
    throw unsupported('rootfs.idmap', 'the specification has no mapped owners of the root file system')
  if (root !== undefined) return root
  if (command.rootfs.type === 'directory') return command.rootfs.path
  throw ociError(
    'EXECD_INVALID_OPTION',
    `root: wanted the path of the mounted root file system of type "${command.rootfs.type}", got nothing`,
    { hint: 'the specification has no layers: mount them and give the path', details: { path: 'root' } },
  )
}

function seccompOf(command: Command, options: OciSpecOptions): OciLinux['seccomp'] {
  if (command.seccomp === 'unconfined') return undefined
  const profile = command.seccomp === 'default' ? loadDefaultProfile() : (command.seccomp as SeccompProfile)
  return toOciSeccomp(profile, {
    arch: options.arch ?? (process.arch === 'arm64' ? 'arm64' : 'x64'),
    kernel: options.kernel ?? release(),
    capabilities: effectiveCapabilities(command.process.capabilities),
  })
}

function cgroupsPathOf({ cgroupParent, id }: Command, path: string | null | undefined): string | null {
  if (path !== undefined) return path
  return `${cgroupParent === null ? '/execd' : cgroupParent.replace(/\/$/, '')}/${id}`
}

function linuxOf(command: Command, options: OciSpecOptions, sysctl: Record<string, string>): OciLinux {
  const idMaps = options.idMaps === undefined ? givenIdMaps(command) : options.idMaps
  const nodes = options.devices ?? givenDevices(command)
  const cgroupsPath = cgroupsPathOf(command, options.cgroupsPath)
  const resources: OciResources = {
    ...(options.deviceRules === false ? {} : { devices: toDeviceRules(command, nodes) }),
    ...toOciResources(command.resources, { swapCounted: options.swapCounted ?? true }),
  }
  const { resources: _, ...rest } = withoutEmpty({
    namespaces: toOciNamespaces(command, options.shared ?? {}, idMaps !== null),
    uidMappings: idMaps?.uid,
    gidMappings: idMaps?.gid,
    devices: toOciDevices(nodes),
    cgroupsPath: cgroupsPath ?? undefined,
    resources,
    rootfsPropagation: rootPropagation(command),
    seccomp: seccompOf(command, options),
    sysctl: { ...command.sysctl, ...sysctl },
    maskedPaths: command.maskedPaths,
    readonlyPaths: command.readonlyPaths,
    mountLabel: command.mountLabel ?? undefined,
  })
  return { ...rest, resources }
}

/**
 * A command as config.json of the OCI runtime specification. Pure but for its defaults: what depends on a host is an option.
 *
 * Labels become annotations below "dev.execd.label.": runtimes act on annotations of their own names.
 *
 * @throws ExecdError EXECD_UNSUPPORTED for what the specification has no words for (interfaces at a bridge, a small init) or what only a host can tell;
 * EXECD_SECCOMP, EXECD_NAMESPACE, EXECD_INVALID_OPTION.
 */
export function toOciSpec(command: Command, options: OciSpecOptions = {}): OciSpec {
  if (command.init)
    throw unsupported(
      'init',
      'an OCI runtime starts the command as process 1 itself',
      'put an init such as tini into the root file system and run it as the command',
    )
  const { ociVersion = '1.0.2' } = options
  const hasDomainname = Number.parseFloat(ociVersion) >= DOMAINNAME_SINCE
  const { domainname } = command
  const idMaps = options.idMaps === undefined ? givenIdMaps(command) : options.idMaps
  const context = {
    userNamespace: idMaps !== null,
    ttyGroup: isGroupMapped(idMaps, TTY),
    hostMqueue: options.hostMqueue ?? true,
    cgroups: options.cgroupsPath !== null,
  }
  const hostname =
    command.namespaces.uts === 'private' ? (command.hostname ?? command.id.slice(0, MAX_HOSTNAME)) : undefined
  return withoutEmpty({
    ociVersion,
    process: toOciProcess(command.process, {
      user: options.user ?? numericUser(command.process),
      capabilities: options.capabilities ?? new Set(CAPABILITIES),
    }),
    root: { path: rootOf(command, options.root), readonly: command.rootfs.readonly },
    hostname,
    domainname: hasDomainname ? (domainname ?? undefined) : undefined,
    mounts: [...standardMounts(command, context), ...(options.mounts ?? []), ...commandMounts(command)],
    hooks: options.hooks === false ? undefined : toOciHooks(command),
    linux: linuxOf(
      command,
      options,
      domainname === null || hasDomainname ? {} : { 'kernel.domainname': domainname },
    ),
    annotations: Object.fromEntries(
      Object.entries(command.labels).map(([name, value]) => [`${LABEL_PREFIX}${name}`, value]),
    ),
  }) as OciSpec
}
