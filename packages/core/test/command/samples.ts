/** Commands that together write every field of the schema, in a valid way. */
export const SAMPLES: Readonly<Record<string, Readonly<Record<string, unknown>>>> = {
  small: { rootfs: { type: 'host' }, process: { args: ['true'] } },

  everything: {
    id: 'everything',
    labels: { team: 'blue' },
    hostname: 'box',
    domainname: 'example.org',
    rootfs: { type: 'directory', path: '/srv/root', readonly: true },
    process: {
      args: ['sh', '-c', 'true'],
      env: { LANG: 'C' },
      cwd: '/tmp',
      user: '1000:audio',
      additionalGroups: [27, 'video'],
      umask: 0o027,
      terminal: true,
      consoleSize: { height: 40, width: 120 },
      rlimits: [
        { type: 'RLIMIT_NOFILE', soft: 64, hard: 128 },
        { type: 'RLIMIT_CORE', soft: 'unlimited' },
      ],
      noNewPrivileges: false,
      capabilities: { add: ['net_admin'], drop: ['CAP_MKNOD'], ambient: ['NET_ADMIN'] },
      privileged: false,
      oomScoreAdj: 500,
      apparmorProfile: 'docker-default',
      selinuxLabel: 'system_u:system_r:container_t:s0',
    },
    init: true,
    namespaces: {
      pid: 'private',
      ipc: 'private',
      uts: 'private',
      cgroup: 'private',
      user: 'private',
      uidMappings: [{ containerID: 0, hostID: 100000, size: 65536 }],
      gidMappings: [{ containerID: 0, hostID: 100000, size: 65536 }],
    },
    network: {
      mode: 'bridge',
      interfaces: [
        {
          name: 'lan0',
          bridge: 'br0',
          address: '10.0.0.2',
          prefixLength: 16,
          gateway: '10.0.0.1',
          address6: 'fd00::2',
          prefixLength6: 48,
          gateway6: 'fd00::1',
          macAddress: '02:42:ac:11:00:02',
          mtu: 1400,
          hairpin: true,
        },
      ],
    },
    resources: {
      memory: { limit: '64MiB', reservation: '32m', swap: '1g', swappiness: 0, disableOOMKiller: true },
      cpu: { shares: 512, quota: 50_000, period: 100_000, cpusetCpus: '0-1,3', cpusetMems: '0' },
      pids: { limit: 32 },
      blockIO: {
        weight: 500,
        weightDevice: [{ major: 8, minor: 0, weight: 100 }],
        throttleReadBpsDevice: [{ major: 8, minor: 0, rate: '1MiB' }],
        throttleWriteBpsDevice: [{ major: 8, minor: 0, rate: 4096 }],
        throttleReadIOPSDevice: [{ major: 8, minor: 0, rate: 100 }],
        throttleWriteIOPSDevice: [{ major: 8, minor: 0, rate: 100 }],
      },
      unified: { 'memory.high': '33554432' },
    },
    mounts: [
      { type: 'bind', source: '/data', destination: '/data', options: ['ro', 'rslave'] },
      { type: 'tmpfs', destination: '/scratch', options: ['size=16m', 'mode=1777'] },
    ],
    devices: {
      allowed: [{ type: 'c', major: 10, minor: 200, access: 'rw' }],
      created: [
        { path: '/dev/fuse', access: 'rw' },
        {
          path: '/dev/net/tun',
          type: 'c',
          major: 10,
          minor: 200,
          fileMode: 0o600,
          uid: 1,
          gid: 2,
          access: 'rwm',
        },
      ],
    },
    seccomp: {
      defaultAction: 'SCMP_ACT_ERRNO',
      defaultErrnoRet: 1,
      syscalls: [{ names: ['read'], action: 'SCMP_ACT_ALLOW', args: [] }],
    },
    maskedPaths: ['/proc/kcore'],
    readonlyPaths: ['/proc/sys'],
    sysctl: { 'net.ipv4.ip_forward': '1', 'kernel.shmmax': '65536' },
    mountLabel: 'system_u:object_r:container_file_t:s0',
    cgroupParent: '/execd.slice',
    hooks: {
      prestart: [{ path: '/bin/true', args: ['true'], env: { A: 'b' }, timeout: '1.5s' }],
      poststart: [{ path: '/bin/true', args: ['true'], env: { A: 'b' }, timeout: 500 }],
      poststop: [{ path: '/bin/true', args: ['true'], env: { A: 'b' }, timeout: '1m' }],
    },
  },

  mapped: {
    rootfs: { type: 'directory', path: '/srv/root', idmap: true },
    process: { args: ['true'] },
    namespaces: { user: 'private' },
    mounts: [{ type: 'bind', source: '/data', destination: '/data', options: ['ridmap'] }],
  },

  overlay: {
    rootfs: { type: 'overlay', lower: ['/a', '/b'], upper: '/u', work: '/w', readonly: true },
    process: { args: ['true'], user: 0 },
    namespaces: {
      pid: { container: 'other' },
      ipc: { container: 'other' },
      uts: { container: 'other' },
      user: 'host',
    },
    network: { mode: 'container', container: 'other' },
    resources: { cpu: { cpus: 0.5 }, pids: { limit: -1 }, memory: { swap: -1 } },
    seccomp: 'unconfined',
  },

  throwaway: {
    rootfs: { type: 'overlay', lower: '/a', size: '10MiB' },
    process: { args: ['true'] },
    namespaces: {
      pid: { path: '/proc/1/ns/pid' },
      ipc: { path: '/proc/1/ns/ipc' },
      uts: { path: '/proc/1/ns/uts' },
      cgroup: 'host',
    },
    network: { mode: 'path', path: '/run/netns/blue' },
    devices: { created: [{ path: '/dev/fifo', type: 'p' }] },
  },

  host: {
    rootfs: { type: 'host', readonly: true, size: '64KiB' },
    process: { args: ['true'], privileged: true },
    namespaces: { pid: 'host', ipc: 'host', uts: 'host' },
    network: { mode: 'host' },
  },

  short: { rootfs: '/srv/root', process: { args: ['true'] } },
}

/** A deep copy that can be changed. */
export function copy<T>(value: T): T {
  return JSON.parse(JSON.stringify(value)) as T
}

/** A copy of a tree with the value at a path replaced; undefined takes it out. Missing objects on the way are made. */
export function withValue(tree: unknown, path: readonly (string | number)[], value: unknown): unknown {
  const [head, ...rest] = path
  if (head === undefined) return value
  if (Array.isArray(tree))
    return tree.map((item, index) => (index === head ? withValue(item, rest, value) : item))
  const object = (tree ?? {}) as Readonly<Record<string, unknown>>
  return { ...object, [head]: withValue(object[head], rest, value) }
}

/** Reads "a.b[0].c" as a path. */
export function pathOf(text: string): (string | number)[] {
  return [...text.matchAll(/\[(\d+)\]|([^.[\]]+)/g)].map(([, index, name]) =>
    index === undefined ? String(name) : Number(index),
  )
}
