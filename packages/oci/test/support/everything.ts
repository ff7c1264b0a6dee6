/** Parts of a command that together ask for everything that the specification has words for. */
export const EVERYTHING = {
  labels: { team: 'blue' },
  hostname: 'box',
  domainname: 'example.org',
  rootfs: { type: 'directory', path: '/srv/root', readonly: true },
  namespaces: {
    uidMappings: [{ containerID: 0, hostID: 100000, size: 65536 }],
    gidMappings: [{ containerID: 0, hostID: 100000, size: 65536 }],
  },
  network: { mode: 'path', path: '/run/netns/blue' },
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
    allowed: [
      { type: 'c', major: 10, minor: 200, access: 'rw' },
      { type: 'a', major: 7 },
    ],
    created: [
      { path: '/dev/net/tun', type: 'c', major: 10, minor: 200, fileMode: 0o600, uid: 1, gid: 2 },
      { path: '/dev/fifo', type: 'p' },
    ],
  },
  seccomp: {
    defaultAction: 'SCMP_ACT_ERRNO',
    defaultErrnoRet: 1,
    syscalls: [{ names: ['read'], action: 'SCMP_ACT_ALLOW', args: [] }],
  },
  maskedPaths: ['/proc/kcore'],
  readonlyPaths: ['/proc/sys'],
  sysctl: { 'kernel.shmmax': '65536' },
  mountLabel: 'system_u:object_r:container_file_t:s0',
  cgroupParent: '/machine.slice',
  hooks: {
    prestart: [{ path: '/bin/true', args: ['true'], env: { A: 'b' }, timeout: '1.5s' }],
    poststart: [{ path: '/bin/true' }],
    poststop: [{ path: '/bin/true', timeout: '1m' }],
  },
}
/** The process of that command. */
export const PROCESS = {
  env: { LANG: 'C' },
  cwd: '/tmp',
  user: '1000:50',
  additionalGroups: [27],
  umask: 0o027,
  terminal: true,
  consoleSize: { height: 40, width: 120 },
  rlimits: [
    { type: 'RLIMIT_NOFILE', soft: 64, hard: 128 },
    { type: 'RLIMIT_CORE', soft: 'unlimited' },
  ],
  noNewPrivileges: false,
  capabilities: { add: ['net_admin'], drop: ['CAP_MKNOD'], ambient: ['NET_ADMIN'] },
  oomScoreAdj: 500,
  apparmorProfile: 'docker-default',
  selinuxLabel: 'system_u:system_r:container_t:s0',
}
