import type { Driver } from '@execd/core'
import { type Changes, type Ignored, namespaces, process } from './ignored.js'
import { IGNORED_ISOLATION } from './ignoring-isolation.js'
import { IGNORED_LIMITS } from './ignoring-limits.js'
import { IGNORED_VERBS } from './ignoring-verbs.js'

/** The same driver, but for what becomes of each command, and of each exec, before it gets it, and for what stands over it. */
export function ignoring(driver: Driver, how: Changes): Driver {
  const { without, spec = (same) => same, exec = (same) => same, over = () => ({}) } = how
  return new Proxy(driver, {
    get(target, name) {
      const run: Driver['run'] = (command, options) => target.run(without(command), options)
      const verb: Driver['exec'] = (id, execId, process, options) =>
        target.exec(id, execId, spec(process), exec(options))
      const changed: Partial<Driver> = { run, exec: verb, ...over(target) }
      if (Object.hasOwn(changed, name)) return changed[name as keyof Driver]
      const value: unknown = Reflect.get(target, name, target)
      return typeof value === 'function' ? value.bind(target) : value
    },
  })
}

/** Fields of the driver over namespaces, each ignored. */
export const IGNORED: readonly Ignored[] = [
  {
    field: 'process.user',
    without: process({ user: null }),
    groups: ['users'],
    fails: ['users.number', 'users.unknown', 'users.no-rights'],
  },
  {
    field: 'names of users',
    without: (command) => (command.process.user === 'root' ? process({ user: '1000' })(command) : command),
    groups: ['users'],
    fails: ['users.name'],
  },
  {
    field: 'process.additionalGroups',
    without: process({ additionalGroups: [] }),
    groups: ['users'],
    fails: ['users.groups'],
  },
  {
    field: 'process.cwd',
    without: process({ cwd: '/' }),
    groups: ['cwd'],
    fails: ['cwd.used', 'cwd.missing', 'cwd.file'],
  },
  {
    field: 'process.env',
    without: process({ env: {} }),
    groups: ['env'],
    fails: ['env.exact', 'env.values', 'env.newlines', 'env.path'],
  },
  {
    field: 'process.rlimits',
    without: process({ rlimits: [] }),
    groups: ['process'],
    fails: ['process.rlimits'],
  },
  {
    field: 'process.noNewPrivileges',
    without: process({ noNewPrivileges: false }),
    groups: ['process'],
    fails: ['process.no-new-privileges'],
  },
  {
    field: 'process.oomScoreAdj',
    without: process({ oomScoreAdj: null }),
    groups: ['process'],
    fails: ['process.oom-score'],
  },
  {
    field: 'process.capabilities',
    without: process({ capabilities: { add: [], drop: [], ambient: [] } }),
    groups: ['process'],
    fails: ['process.capabilities-drop', 'process.capabilities-add'],
  },
  {
    field: 'process.terminal',
    without: process({ terminal: false, consoleSize: null }),
    groups: ['terminal'],
    fails: [
      'terminal.all-three',
      'terminal.size',
      'terminal.default-size',
      'terminal.resize',
      'terminal.control',
    ],
  },
  {
    field: 'process.consoleSize',
    without: process({ consoleSize: null }),
    groups: ['terminal'],
    fails: ['terminal.size'],
  },
  {
    field: 'init',
    without: (command) => ({ ...command, init: false }),
    groups: ['process'],
    fails: ['process.init'],
  },
  {
    field: 'hostname',
    without: (command) => ({ ...command, hostname: null }),
    groups: ['isolation'],
    fails: ['isolation.hostname'],
  },
  {
    field: 'namespaces.pid=private',
    without: namespaces({ pid: 'host' }),
    groups: ['isolation', 'process'],
    fails: [
      'process.init',
      'isolation.processes',
      'isolation.private-pid',
      'isolation.join-pid-container',
      'isolation.join-pid-path',
      'isolation.user-namespace',
    ],
  },
  {
    field: 'namespaces.ipc=private',
    without: namespaces({ ipc: 'host' }),
    groups: ['isolation'],
    fails: ['isolation.private-ipc', 'isolation.join-ipc-container', 'isolation.join-ipc-path'],
  },
  {
    field: 'namespaces.cgroup=private',
    without: namespaces({ cgroup: 'host' }),
    groups: ['isolation'],
    fails: ['isolation.private-cgroup'],
  },
  {
    field: 'namespaces.uts=host',
    without: namespaces({ uts: 'private' }),
    groups: ['isolation'],
    fails: ['isolation.host-uts', 'isolation.join-uts-container', 'isolation.join-uts-path'],
  },
  {
    field: 'network.mode=none',
    without: (command) => ({
      ...command,
      network: { ...command.network, mode: 'host' as const },
      sysctl: {},
    }),
    groups: ['isolation'],
    fails: [
      'isolation.sysctl',
      'isolation.network-none',
      'isolation.network-bridge',
      'isolation.join-net-container',
      'isolation.join-net-path',
    ],
  },
  {
    field: 'network.mode=host',
    without: (command) => ({ ...command, network: { ...command.network, mode: 'none' as const } }),
    groups: ['isolation'],
    fails: ['isolation.network-host', 'isolation.join-net-container', 'isolation.join-net-path'],
  },
  {
    field: 'seccomp=default',
    without: (command) => ({ ...command, seccomp: 'unconfined' }),
    groups: ['isolation'],
    fails: ['isolation.seccomp', 'isolation.seccomp-profile'],
  },
  {
    field: 'seccomp=unconfined',
    without: (command) => ({ ...command, seccomp: 'default' }),
    groups: ['isolation'],
    fails: ['isolation.seccomp-unconfined', 'isolation.seccomp-profile'],
  },
  {
    field: 'maskedPaths',
    without: (command) => ({ ...command, maskedPaths: [] }),
    groups: ['isolation'],
    fails: ['isolation.masked'],
  },
  {
    field: 'readonlyPaths',
    without: (command) => ({ ...command, readonlyPaths: [] }),
    groups: ['isolation'],
    fails: ['isolation.read-only-paths'],
  },
  {
    field: 'sysctl',
    without: (command) => ({ ...command, sysctl: {} }),
    groups: ['isolation'],
    fails: ['isolation.sysctl'],
  },
  {
    field: 'device rules',
    without: (command) => ({
      ...command,
      devices: { allowed: [{ type: 'a' as const, major: null, minor: null, access: 'rwm' }], created: [] },
    }),
    groups: ['isolation'],
    fails: ['isolation.devices', 'isolation.device-created'],
  },
  {
    field: 'rootfs.readonly',
    without: (command) => ({ ...command, rootfs: { ...command.rootfs, readonly: false } }),
    groups: ['rootfs'],
    fails: ['rootfs.read-only'],
  },
  {
    field: 'rootfs.type=overlay',
    without: ({ rootfs, ...command }) => ({
      ...command,
      rootfs:
        rootfs.type === 'overlay'
          ? { type: 'directory' as const, path: rootfs.lower[0] ?? '/', readonly: false, idmap: false }
          : rootfs,
    }),
    groups: ['rootfs'],
    fails: ['rootfs.overlay', 'rootfs.size', 'rootfs.overlay-upper'],
  },
  {
    field: 'mounts',
    without: (command) => ({ ...command, mounts: [] }),
    groups: ['mounts'],
    fails: [
      'mounts.bind',
      'mounts.bind-read-only',
      'mounts.bind-file',
      'mounts.missing',
      'mounts.tmpfs',
      'mounts.id-mapped',
    ],
  },
  {
    field: 'options of mounts',
    without: (command) => ({
      ...command,
      mounts: command.mounts.map((mount) => ({ ...mount, options: [] })),
    }),
    groups: ['mounts'],
    fails: ['mounts.bind-read-only', 'mounts.tmpfs', 'mounts.id-mapped'],
  },
  {
    field: 'network.interfaces',
    without: (command) => ({ ...command, network: { ...command.network, interfaces: [] } }),
    groups: ['isolation'],
    fails: ['isolation.network-bridge'],
  },
  {
    field: 'rootfs.idmap',
    without: (command) =>
      command.rootfs.type === 'directory'
        ? { ...command, rootfs: { ...command.rootfs, idmap: false } }
        : command,
    groups: ['rootfs'],
    fails: ['rootfs.id-mapped'],
  },
  ...IGNORED_ISOLATION,
  ...IGNORED_LIMITS,
  ...IGNORED_VERBS,
]
