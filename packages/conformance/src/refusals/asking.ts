import type { CommandInput } from '@execd/core'

type Rest = Omit<Partial<CommandInput>, 'process'>
type Asking = Rest & { readonly process?: Omit<NonNullable<CommandInput['process']>, 'args'> }

const ROOT = '/kit-rootfs'
const DEVICE = { major: 8, minor: 0 }
const MAPPING = [{ containerID: 0, hostID: 100000, size: 10 }]

const resources = (value: CommandInput['resources']): Asking => ({ resources: value })
const memory = (value: NonNullable<CommandInput['resources']>['memory']): Asking =>
  resources({ memory: value })
const cpu = (value: NonNullable<CommandInput['resources']>['cpu']): Asking => resources({ cpu: value })
const blockIO = (value: NonNullable<CommandInput['resources']>['blockIO']): Asking =>
  resources({ blockIO: value })
const attributes = (value: NonNullable<Asking['process']>): Asking => ({ process: value })
const rootfs = (value: CommandInput['rootfs']): Asking => ({ rootfs: value })

const namespace = (name: 'pid' | 'ipc' | 'uts'): Record<string, Asking> => ({
  [`namespaces.${name}=private`]: { namespaces: { [name]: 'private' } },
  [`namespaces.${name}=host`]: { namespaces: { [name]: 'host' } },
  [`namespaces.${name}=container`]: { namespaces: { [name]: { container: 'kit-peer' } } },
  [`namespaces.${name}=path`]: { namespaces: { [name]: { path: `/proc/1/ns/${name}` } } },
})

/** The least that a command asks of each field, by key. Nothing of it needs to exist: it is refused before anything is looked at. */
export const ASKING: Readonly<Record<string, Asking>> = {
  hostname: { hostname: 'kit-host' },
  domainname: { domainname: 'kit-domain' },
  'rootfs.type=directory': rootfs({ type: 'directory', path: ROOT }),
  'rootfs.type=overlay': rootfs({ type: 'overlay', lower: ROOT }),
  'rootfs.type=host': rootfs({ type: 'host' }),
  'rootfs.path': rootfs({ type: 'directory', path: ROOT }),
  'rootfs.readonly': rootfs({ type: 'directory', path: ROOT, readonly: true }),
  'rootfs.idmap': {
    rootfs: { type: 'directory', path: ROOT, idmap: true },
    namespaces: { uidMappings: MAPPING, gidMappings: MAPPING },
  },
  'rootfs.lower': rootfs({ type: 'overlay', lower: ROOT }),
  'rootfs.upper': rootfs({ type: 'overlay', lower: ROOT, upper: '/kit-upper', work: '/kit-work' }),
  'rootfs.work': rootfs({ type: 'overlay', lower: ROOT, upper: '/kit-upper', work: '/kit-work' }),
  'rootfs.size': rootfs({ type: 'overlay', lower: ROOT, size: '1MiB' }),
  'process.args': {},
  'process.env': attributes({ env: { NAME: 'value' } }),
  'process.cwd': attributes({ cwd: '/tmp' }),
  'process.user': attributes({ user: '1000:1000' }),
  'process.additionalGroups': attributes({ additionalGroups: ['2000'] }),
  'process.umask': attributes({ umask: 0o027 }),
  'process.terminal': attributes({ terminal: true }),
  'process.consoleSize': attributes({ terminal: true, consoleSize: { height: 30, width: 90 } }),
  'process.rlimits': attributes({ rlimits: [{ type: 'RLIMIT_NOFILE', soft: 100 }] }),
  'process.noNewPrivileges': attributes({ noNewPrivileges: true }),
  'process.capabilities.add': attributes({ capabilities: { add: ['CAP_SYS_ADMIN'] } }),
  'process.capabilities.drop': attributes({ capabilities: { drop: ['CAP_CHOWN'] } }),
  'process.capabilities.ambient': attributes({ capabilities: { ambient: ['CAP_CHOWN'] } }),
  'process.privileged': attributes({ privileged: true }),
  'process.oomScoreAdj': attributes({ oomScoreAdj: 500 }),
  'process.apparmorProfile': attributes({ apparmorProfile: 'kit-profile' }),
  'process.selinuxLabel': attributes({ selinuxLabel: 'system_u:system_r:kit_t:s0' }),
  init: { init: true },
  ...namespace('pid'),
  ...namespace('ipc'),
  ...namespace('uts'),
  'namespaces.cgroup=private': { namespaces: { cgroup: 'private' } },
  'namespaces.cgroup=host': { namespaces: { cgroup: 'host' } },
  'namespaces.user=auto': { namespaces: { user: 'auto' } },
  'namespaces.user=private': { namespaces: { user: 'private' } },
  'namespaces.user=host': { namespaces: { user: 'host' } },
  'namespaces.uidMappings': { namespaces: { uidMappings: MAPPING, gidMappings: MAPPING } },
  'namespaces.gidMappings': { namespaces: { uidMappings: MAPPING, gidMappings: MAPPING } },
  'network.mode=none': { network: { mode: 'none' } },
  'network.mode=host': { network: { mode: 'host' } },
  'network.mode=bridge': {
    network: { mode: 'bridge', interfaces: [{ bridge: 'kit0', address: '10.9.8.7' }] },
  },
  'network.mode=container': { network: { mode: 'container', container: 'kit-peer' } },
  'network.mode=path': { network: { mode: 'path', path: '/proc/1/ns/net' } },
  'network.container': { network: { mode: 'container', container: 'kit-peer' } },
  'network.path': { network: { mode: 'path', path: '/proc/1/ns/net' } },
  'network.interfaces': {
    network: { mode: 'bridge', interfaces: [{ bridge: 'kit0', address: '10.9.8.7' }] },
  },
  'resources.memory.limit': memory({ limit: '64MiB' }),
  'resources.memory.reservation': memory({ limit: '64MiB', reservation: '32MiB' }),
  'resources.memory.swap': memory({ limit: '64MiB', swap: '128MiB' }),
  'resources.memory.swappiness': memory({ swappiness: 10 }),
  'resources.memory.disableOOMKiller': memory({ limit: '64MiB', disableOOMKiller: true }),
  'resources.cpu.shares': cpu({ shares: 512 }),
  'resources.cpu.quota': cpu({ quota: 50_000, period: 100_000 }),
  'resources.cpu.period': cpu({ quota: 50_000, period: 100_000 }),
  'resources.cpu.cpusetCpus': cpu({ cpusetCpus: '0' }),
  'resources.cpu.cpusetMems': cpu({ cpusetMems: '0' }),
  'resources.pids.limit': resources({ pids: { limit: 20 } }),
  'resources.blockIO.weight': blockIO({ weight: 100 }),
  'resources.blockIO.weightDevice': blockIO({ weightDevice: [{ ...DEVICE, weight: 100 }] }),
  'resources.blockIO.throttleReadBpsDevice': blockIO({
    throttleReadBpsDevice: [{ ...DEVICE, rate: 1_000_000 }],
  }),
  'resources.blockIO.throttleWriteBpsDevice': blockIO({
    throttleWriteBpsDevice: [{ ...DEVICE, rate: 1_000_000 }],
  }),
  'resources.blockIO.throttleReadIOPSDevice': blockIO({
    throttleReadIOPSDevice: [{ ...DEVICE, rate: 1000 }],
  }),
  'resources.blockIO.throttleWriteIOPSDevice': blockIO({
    throttleWriteIOPSDevice: [{ ...DEVICE, rate: 1000 }],
  }),
  'resources.unified': resources({ unified: { 'memory.high': '64000000' } }),
  'mounts=bind': { mounts: [{ type: 'bind', source: '/kit-source', destination: '/mnt' }] },
  'mounts=idmap': {
    mounts: [{ type: 'bind', source: '/kit-source', destination: '/mnt', options: ['idmap'] }],
    namespaces: { uidMappings: MAPPING, gidMappings: MAPPING },
  },
  'mounts=tmpfs': { mounts: [{ type: 'tmpfs', destination: '/mnt' }] },
  'devices.allowed': { devices: { allowed: [{ type: 'c', major: 10, minor: 229 }] } },
  'devices.created': { devices: { created: [{ path: '/dev/kit', type: 'c', major: 10, minor: 229 }] } },
  'seccomp=default': { seccomp: 'default' },
  'seccomp=unconfined': { seccomp: 'unconfined' },
  'seccomp=profile': { seccomp: { defaultAction: 'SCMP_ACT_ALLOW' } },
  maskedPaths: { maskedPaths: ['/proc/kcore'] },
  readonlyPaths: { readonlyPaths: ['/proc/sys'] },
  sysctl: { sysctl: { 'kernel.shmmni': '4096' } },
  mountLabel: { mountLabel: 'system_u:object_r:kit_t:s0' },
  cgroupParent: { cgroupParent: '/kit-parent' },
}
