import type { Command } from '@execd/core/driver'
import { type Ignored, namespaces, process } from './ignored.js'

type Shared = 'pid' | 'ipc' | 'cgroup'

/** Gives a namespace of its own to what asked for that of the host. */
function neverOfHost(name: Shared): Ignored {
  return {
    field: `namespaces.${name}=host`,
    without: (command) =>
      command.namespaces[name] === 'host' ? namespaces({ [name]: 'private' })(command) : command,
    groups: ['isolation'],
    fails: [`isolation.host-${name}`],
  }
}

const root =
  (type: Command['rootfs']['type'], rootfs: (path: string) => Command['rootfs']) =>
  (command: Command): Command => {
    if (command.rootfs.type !== type) return command
    return { ...command, rootfs: rootfs('path' in command.rootfs ? command.rootfs.path : '/') }
  }

/** Isolation of the driver over namespaces, each part ignored. */
export const IGNORED_ISOLATION: readonly Ignored[] = [
  neverOfHost('pid'),
  neverOfHost('ipc'),
  neverOfHost('cgroup'),
  {
    field: 'namespaces.user=host',
    without: (command) =>
      command.namespaces.user === 'host' ? namespaces({ user: 'private' })(command) : command,
    groups: ['isolation'],
    fails: ['isolation.host-user'],
  },
  {
    field: 'namespaces.uts=private',
    without: (command) => ({
      ...namespaces({ uts: 'host' })(command),
      hostname: null,
      domainname: null,
    }),
    groups: ['isolation'],
    fails: [
      'isolation.hostname',
      'isolation.private-uts',
      'isolation.join-uts-container',
      'isolation.join-uts-path',
      'isolation.domainname',
    ],
  },
  {
    field: 'domainname',
    without: (command) => ({ ...command, domainname: null }),
    groups: ['isolation'],
    fails: ['isolation.domainname'],
  },
  {
    field: 'process.privileged',
    // Core has told already what it means in other fields.
    without: (command) =>
      command.process.privileged
        ? process({ capabilities: { add: [], drop: [], ambient: [] } })(command)
        : command,
    groups: ['isolation'],
    fails: ['isolation.privileged'],
  },
  {
    field: 'process.capabilities.ambient',
    without: (command) =>
      process({ capabilities: { ...command.process.capabilities, ambient: [] } })(command),
    groups: ['isolation'],
    fails: ['isolation.ambient'],
  },
  {
    field: 'rootfs.type=directory, which is thrown away',
    without: root('directory', (path) => ({
      type: 'overlay',
      lower: [path],
      upper: null,
      work: null,
      size: null,
      readonly: false,
    })),
    groups: ['rootfs'],
    fails: ['rootfs.directory', 'rootfs.read-only', 'rootfs.id-mapped'],
  },
  {
    field: 'the layer over rootfs.type=host',
    without: root('host', (path) => ({ type: 'directory', path, readonly: true, idmap: false })),
    groups: ['rootfs'],
    fails: ['rootfs.host'],
  },
]
