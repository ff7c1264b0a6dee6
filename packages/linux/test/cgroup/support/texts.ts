/** Recorded texts of hosts; what no test looks at is left out. */
export interface RecordedHost {
  readonly mountinfo: string
  readonly cgroup: string
  readonly controllers: Readonly<Record<string, string>>
}

const V1_NAMES = ['cpu', 'cpuacct', 'cpuset', 'memory', 'devices', 'freezer', 'blkio', 'pids']

/** Controllers on v1, one hierarchy each, and a v2 mount without controllers (hybrid). */
export const HYBRID: RecordedHost = {
  mountinfo: [
    '22 27 0:21 / /proc rw,relatime - proc proc rw',
    '31 23 0:28 / /sys/fs/cgroup rw,relatime - tmpfs tmpfs rw,mode=755',
    ...V1_NAMES.map(
      (name, i) => `${32 + i} 31 0:${29 + i} / /sys/fs/cgroup/${name} rw,relatime - cgroup cgroup rw,${name}`,
    ),
    '40 31 0:37 / /sys/fs/cgroup/systemd rw,relatime - cgroup cgroup rw,name=systemd',
    '41 31 0:38 / /sys/fs/cgroup/unified rw,relatime - cgroup2 cgroup2 rw',
  ].join('\n'),
  cgroup: [
    '9:name=systemd:/',
    ...V1_NAMES.map((name, i) => `${8 - i}:${name}:${name === 'memory' ? '/outer/a' : '/'}`),
    '0::/',
  ].join('\n'),
  controllers: { '/sys/fs/cgroup/unified': '\n' },
}

/** An older systemd host: cpu with cpuacct and net_cls with net_prio in one hierarchy. */
export const V1_SHARED: RecordedHost = {
  mountinfo: [
    '25 18 0:22 / /sys/fs/cgroup ro,nosuid,nodev,noexec shared:8 - tmpfs tmpfs ro,mode=755',
    '28 25 0:25 / /sys/fs/cgroup/cpu,cpuacct rw,nosuid,nodev,noexec,relatime shared:11 - cgroup cgroup rw,cpu,cpuacct',
    '29 25 0:26 / /sys/fs/cgroup/memory rw,nosuid,nodev,noexec,relatime shared:12 - cgroup cgroup rw,memory,clone_children',
    '30 25 0:27 / /sys/fs/cgroup/net_cls,net_prio rw,nosuid shared:13 - cgroup cgroup rw,net_cls,net_prio',
  ].join('\n'),
  cgroup: '4:memory:/user.slice\n3:net_cls,net_prio:/\n2:cpu,cpuacct:/user.slice\n1:name=systemd:/user.slice',
  controllers: {},
}

/** v1 inside a Docker container: each mount shows the container's own group as its top, read-only. */
export const V1_IN_DOCKER: RecordedHost = {
  mountinfo: ['memory', 'pids']
    .map(
      (name, i) =>
        `5${i} 40 0:3${i} /docker/abc /sys/fs/cgroup/${name} ro,nosuid,nodev,noexec,relatime master:1${i} - cgroup cgroup rw,${name}`,
    )
    .join('\n'),
  cgroup: '2:memory:/docker/abc\n1:pids:/docker/abc',
  controllers: {},
}

/** v2 only, in a scope of a user's systemd. */
export const V2_USER: RecordedHost = {
  mountinfo:
    '36 23 0:29 / /sys/fs/cgroup rw,nosuid,nodev,noexec,relatime shared:8 - cgroup2 cgroup2 rw,nsdelegate,memory_recursiveprot',
  cgroup: '0::/user.slice/user-1000.slice/user@1000.service/app.slice/run-1.scope',
  controllers: { '/sys/fs/cgroup': 'cpuset cpu io memory hugetlb pids rdma misc\n' },
}

export function textsOf(host: RecordedHost) {
  const { mountinfo, cgroup, controllers } = host
  return { mountinfo, cgroup, controllers: (mountPoint: string) => controllers[mountPoint] ?? null }
}
