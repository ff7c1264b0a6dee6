import { type Command, type Mount, parseMountOptions } from '@execd/core/driver'
import { unsupported } from '../errors.js'
import { INIT_PATH } from './init.js'
import type { RenderInput } from './input.js'
import { line, mountLine } from './lines.js'

const SAFE = ['nosuid', 'nodev', 'noexec']

/** The words of a mount's options as LXC knows them (mount_utils.c). `field` names the mount in errors. */
export function mountWords(mount: Mount, field: string): string[] {
  const { options } = parseMountOptions(mount.type, mount.options)
  if (options.nosymfollow) throw unsupported(`${field}.options`, 'LXC does not know the option "nosymfollow"')
  const words: string[] = [options.readonly ? 'ro' : 'rw']
  for (const word of ['nosuid', 'nodev', 'noexec', 'nodiratime'] as const) if (options[word]) words.push(word)
  if (options.atime !== 'relatime') words.push(options.atime)
  for (const [key, value] of options.data) words.push(`${key}=${value}`)
  return words
}

/** sysfs may be mounted only by the user namespace that owns the network's; who shares the host's network from another one has the host's. */
function sysLine({ command, createTargets }: RenderInput): string {
  const words = [command.process.privileged ? 'rw' : 'ro', ...SAFE, ...(createTargets ? ['create=dir'] : [])]
  return command.network.mode === 'host' && command.namespaces.uidMappings.length > 0
    ? mountLine('/sys', '/sys', 'none', ['rbind', ...words])
    : mountLine('sysfs', '/sys', 'sysfs', words)
}

/** /proc, /dev, /sys and what is in them, for every container. */
function standardLines(input: RenderInput): string[] {
  const { command } = input
  const { privileged } = command.process
  const shareIpc = command.namespaces.ipc === 'host'
  return [
    line('lxc.mount.auto', privileged ? 'proc:rw' : 'proc:mixed'),
    sysLine(input),
    ...(shareIpc
      ? [mountLine('/dev/shm', '/dev/shm', 'none', ['bind', ...SAFE, 'create=dir'])]
      : [
          mountLine('tmpfs', '/dev/shm', 'tmpfs', ['rw', ...SAFE, 'mode=1777', 'size=65536k', 'create=dir']),
          mountLine('mqueue', '/dev/mqueue', 'mqueue', ['rw', ...SAFE, 'create=dir']),
        ]),
    ...(input.init === null
      ? []
      : [mountLine(input.init, INIT_PATH, 'none', ['bind', 'ro', 'nosuid', 'nodev', 'create=file'])]),
  ]
}

function userLines(command: Command, input: RenderInput): string[] {
  const create = (directory: boolean): string[] =>
    input.createTargets ? [`create=${directory ? 'dir' : 'file'}`] : []
  return command.mounts.flatMap((mount, index) => {
    const words = mountWords(mount, `mounts[${index}]`)
    const { options } = parseMountOptions(mount.type, mount.options)
    if (mount.type === 'tmpfs')
      return [mountLine('tmpfs', mount.destination, 'tmpfs', [...words, ...create(true)])]
    return input.binds
      .filter(
        ({ target }) =>
          target === mount.destination || (options.recursive && target.startsWith(`${mount.destination}/`)),
      )
      .map((bind) =>
        mountLine(bind.source, bind.target, 'none', [
          'bind',
          options.propagation,
          ...words,
          ...(bind.target === mount.destination ? create(bind.directory) : []),
        ]),
      )
  })
}

/** An empty folder, or the null device, over what tells of the host; read-only, so that its mode cannot be changed. */
function maskLines(input: RenderInput): string[] {
  return input.masked.map(({ path, directory }) =>
    directory
      ? mountLine('tmpfs', path, 'tmpfs', ['ro', ...SAFE, 'size=4k'])
      : mountLine('/dev/null', path, 'none', ['bind', 'ro', 'nosuid', 'noexec']),
  )
}

/** Bound on themselves, where LXC has mounted the root by then. */
function readonlyLines(input: RenderInput): string[] {
  return input.readonlyPaths.map((path) =>
    mountLine(`${input.rootMount}${path}`, path, 'none', ['bind', 'ro', 'nosuid', 'nodev', 'noexec']),
  )
}

/** All mounts but the root's, in order. */
export function mountLines(input: RenderInput): string[] {
  return [
    ...standardLines(input),
    ...userLines(input.command, input),
    ...maskLines(input),
    ...readonlyLines(input),
  ]
}
