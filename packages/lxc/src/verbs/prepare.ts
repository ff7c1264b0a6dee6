import { type BigIntStats, readFileSync, statSync } from 'node:fs'
import { type Command, effectiveCapabilities, parseMountOptions } from '@execd/core/driver'
import { deviceOf } from '@execd/linux/devices'
import { mountsBelow, parseMountInfo } from '@execd/linux/mounts'
import { HOST_EMPTY, lookup, resolveInRoot } from '@execd/linux/rootfs'
import type { MaskedPath, PlannedBind } from '../config/input.js'
import type { CreatedDevice } from '../config/limits.js'
import { fileError, lxcError, unsupported } from '../errors.js'
import { NO_HOST_ROOT } from '../host/rootless.js'
import { ensureTarget } from '../host/targets.js'

const MAX_SUBMOUNTS = 64

/** The layers of a root, the topmost first. Throws EXECD_ROOTFS when one is no directory. */
export function layersOf({ rootfs }: Command): string[] {
  if (rootfs.type === 'host') return ['/']
  const layers =
    rootfs.type === 'directory'
      ? [rootfs.path]
      : [...(rootfs.upper === null ? [] : [rootfs.upper]), ...rootfs.lower]
  for (const path of rootfs.type === 'overlay' && rootfs.work !== null ? [...layers, rootfs.work] : layers) {
    const stats = statOf(path, 'EXECD_ROOTFS', 'use the root file system')
    if (!stats.isDirectory())
      throw lxcError('EXECD_ROOTFS', `${path} is no directory`, {
        details: { path: 'rootfs', errno: 'ENOTDIR', step: 'use the root file system' },
      })
  }
  return layers
}

function statOf(
  path: string,
  code: 'EXECD_ROOTFS' | 'EXECD_MOUNT' | 'EXECD_DEVICE',
  step: string,
): BigIntStats {
  try {
    return statSync(path, { bigint: true })
  } catch (error) {
    throw fileError(code, `${step}: ${path}`, error)
  }
}

/** Every mount that the binds of a command come to: LXC sets flags on one mount only, so what is mounted below a source becomes a bind of its own. */
export function planBinds(command: Command): PlannedBind[] {
  const binds = command.mounts.filter((mount) => mount.type === 'bind')
  if (binds.length === 0) return []
  const mounts = parseMountInfo(readFileSync('/proc/self/mountinfo', 'utf8'))
  return binds.flatMap((mount) => {
    const { options } = parseMountOptions('bind', mount.options)
    const directory = statOf(mount.source, 'EXECD_MOUNT', 'mount').isDirectory()
    const below = options.recursive && directory ? mountsBelow(mounts, mount.source) : []
    if (below.length > MAX_SUBMOUNTS)
      throw unsupported(
        'mounts',
        `${below.length} mounts are below ${mount.source}, and LXC would need one more mount for each`,
        'bind a smaller part, or use the option "bind"',
      )
    const skip = mount.source === '/' ? 0 : mount.source.length
    return [
      { source: mount.source, target: mount.destination, directory, options: mount.options },
      ...below.flatMap((path) => {
        const kind = statQuietly(path)
        return kind === null
          ? []
          : [
              {
                source: path,
                target: mount.destination + path.slice(skip),
                directory: kind.isDirectory(),
                options: mount.options,
              },
            ]
      }),
    ]
  })
}

function statQuietly(path: string): BigIntStats | null {
  try {
    return statSync(path, { bigint: true })
  } catch {
    return null // hidden by another mount
  }
}

/**
 * Sees to it that every destination can be mounted on, on the host and before LXC looks: LXC would follow symbolic links of the image when it makes folders. In an
 * overlay LXC makes them (`create=`), after it was checked here that no part is a link.
 */
export function prepareTargets(
  command: Command,
  layers: readonly string[],
  binds: readonly PlannedBind[],
): void {
  const { rootfs } = command
  const [root = ''] = layers
  const targets: Array<readonly [path: string, directory: boolean]> = [
    ...['/proc', '/sys', '/dev'].map((path) => [path, true] as const),
    ...command.mounts.map(
      (mount) =>
        [
          mount.destination,
          mount.type === 'tmpfs' ||
            (binds.find(({ target }) => target === mount.destination)?.directory ?? true),
        ] as const,
    ),
  ]
  for (const [index, [path, directory]] of targets.entries()) {
    if (path.startsWith('/dev/')) continue // a tmpfs of the container's own, where LXC makes what is missing
    const over = command.mounts
      .slice(0, Math.max(0, index - 3))
      .filter(({ destination }) => path.startsWith(`${destination}/`))
      .sort((a, b) => b.destination.length - a.destination.length)[0]
    const kind = directory ? 'directory' : 'file'
    if (over?.type === 'bind') ensureTarget(over.source, path.slice(over.destination.length), kind)
    else if (over === undefined && rootfs.type === 'directory') ensureTarget(root, path, kind)
    else if (over === undefined && (rootfs.type === 'overlay' || isShown(path))) checkNoLink(layers, path)
    else if (over === undefined)
      continue // in an empty folder of the container's own
    else if (rootfs.type === 'directory')
      throw unsupported(
        'mounts',
        `${path} is inside another mount of type tmpfs, where LXC cannot make it safely`,
        `mount a tmpfs at ${over.destination} whose folders exist in a bind, or choose another destination`,
      )
  }
}

/** Whether a path is in a folder of the host that a container with the host's root sees. */
function isShown(path: string): boolean {
  return !HOST_EMPTY.some(([folder]) => path.startsWith(`${folder}/`))
}

function checkNoLink(layers: readonly string[], path: string): void {
  if (resolveInRoot(layers, path) === path) return
  throw lxcError('EXECD_MOUNT', `cannot mount at ${path}: a part of it is a symbolic link`, {
    hint: 'no part of the destination may be a symbolic link',
    details: { step: 'mount', target: path },
  })
}

/** Of paths to mask or to make read-only those that exist; /proc and /sys are those of the host in this, which runs the same kernel. */
export function existingPaths(paths: readonly string[], layers: readonly string[]): MaskedPath[] {
  return paths.flatMap((path) => {
    const found = lookup(/^\/(proc|sys)(\/|$)/.test(path) ? ['/'] : layers, path)
    return found === null || found.kind === 'symlink' ? [] : [{ path, directory: found.kind === 'directory' }]
  })
}

/** Devices to make, with the numbers of the host's where none were given. */
export function createdDevices(command: Command): CreatedDevice[] {
  return command.devices.created.map((device) => {
    if (device.type !== null)
      return { ...device, type: device.type, major: device.major ?? 0, minor: device.minor ?? 0 }
    const stats = statOf(device.path, 'EXECD_DEVICE', 'make the device')
    const numbers = deviceOf(stats)
    if (numbers === null)
      throw lxcError('EXECD_DEVICE', `${device.path} is no device on the host`, {
        details: { path: 'devices.created' },
      })
    return { ...device, ...numbers }
  })
}

/** What LXC takes no value for; refused instead of dropped. */
export function checkValues(command: Command): void {
  const { process, namespaces, rootfs } = command
  if (rootfs.type === 'host' && namespaces.uidMappings.length > 0)
    throw unsupported('rootfs.type=host', NO_HOST_ROOT.reason, NO_HOST_ROOT.hint)
  checkProgram(process.args[0] ?? '')
  if (namespaces.user === 'private' && namespaces.uidMappings.length === 0)
    throw unsupported(
      'namespaces.user',
      'no id mappings were given, and this driver chooses none',
      'give `uidMappings` and `gidMappings`',
    )
  const ambient = new Set<string>(process.capabilities.ambient)
  if (ambient.size > 0 && effectiveCapabilities(process.capabilities).some((name) => ambient.has(name)))
    throw unsupported('process.capabilities.ambient', 'LXC raises no ambient capabilities')
}

/** LXC writes the program's name to its log, one line for each message. */
export function checkProgram(program: string): void {
  if (/[\r\n]/.test(program))
    throw unsupported(
      'process.args[0]',
      'the name of the program cannot hold a line break',
      'run it by a link without one',
    )
}

/** A working directory that leads to descriptors of the monitor would be outside the root. Throws EXECD_WORKING_DIRECTORY. */
export function checkCwd(cwd: string, layers: readonly string[]): void {
  const real = resolveInRoot(layers, cwd)
  if (real !== null && !real.startsWith('/proc/')) return
  throw lxcError(
    'EXECD_WORKING_DIRECTORY',
    `the working directory ${cwd} ${real === null ? 'is a loop of symbolic links' : 'leads into /proc'}`,
    { details: { path: 'process.cwd' } },
  )
}
