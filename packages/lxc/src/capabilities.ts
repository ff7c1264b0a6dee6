import { type DriverCapabilities, type Exception, fieldKeys, type Support } from '@execd/core/driver'
import type { Host } from './host/host.js'

type Refusals = Record<string, Support>

/** What LXC, or this driver over it, cannot do on any host. */
const NEVER: Refusals = {
  'rootfs.type=host': {
    reason: 'LXC needs a root file system of its own',
    hint: 'prepare a folder or layers, or use the native driver',
  },
  init: {
    reason: 'LXC starts the command as process 1 itself',
    hint: 'put an init such as tini into the root file system and run it as the command',
  },
  'process.capabilities.ambient': { reason: 'LXC raises no ambient capabilities' },
  'process.terminal': {
    reason: 'the LXC tools connect a terminal only to one that they are started in, and Node cannot make one',
    hint: 'use the native driver',
  },
  'process.consoleSize': { reason: 'there are no terminals with this driver', hint: 'use the native driver' },
  'resources.blockIO.weight': { reason: 'this driver writes no block device weights' },
  'resources.blockIO.weightDevice': { reason: 'this driver writes no block device weights' },
  mountLabel: { reason: 'LXC labels processes, not mounts' },
}

/** Rules of the contract that cannot be wholly kept with LXC's tools. */
const EXCEPTIONS: Readonly<Record<string, Exception>> = {
  'env.others': {
    reason: 'LXC sets "container=lxc" in every environment, after everything else',
    shows: '["container"]',
  },
  'env.newlines': {
    reason: 'a value with a line break is refused: in the configuration it would be a line of its own',
    shows: 'a value in a configuration of LXC cannot hold a line break',
  },
  'stdio.closed-inside': {
    reason: 'a stream ends here with the container: the monitor of LXC holds the same descriptors',
    shows: 'the end of the stream that the program closed',
  },
}

/** Files that a new group must have for a limit, in v1 and v2. */
const LIMIT_FILES: Readonly<Record<string, readonly [v1: string | null, v2: string | null]>> = {
  'memory.limit': ['memory.limit_in_bytes', 'memory.max'],
  'memory.reservation': ['memory.soft_limit_in_bytes', 'memory.low'],
  'memory.swap': ['memory.memsw.limit_in_bytes', 'memory.swap.max'],
  'memory.swappiness': ['memory.swappiness', null],
  'memory.disableOOMKiller': ['memory.oom_control', null],
  'cpu.shares': ['cpu.shares', 'cpu.weight'],
  'cpu.quota': ['cpu.cfs_quota_us', 'cpu.max'],
  'cpu.period': ['cpu.cfs_period_us', 'cpu.max'],
  'cpu.cpusetCpus': ['cpuset.cpus', 'cpuset.cpus'],
  'cpu.cpusetMems': ['cpuset.mems', 'cpuset.mems'],
  'pids.limit': ['pids.max', 'pids.max'],
  'blockIO.throttleReadBpsDevice': ['blkio.throttle.read_bps_device', 'io.max'],
  'blockIO.throttleWriteBpsDevice': ['blkio.throttle.write_bps_device', 'io.max'],
  'blockIO.throttleReadIOPSDevice': ['blkio.throttle.read_iops_device', 'io.max'],
  'blockIO.throttleWriteIOPSDevice': ['blkio.throttle.write_iops_device', 'io.max'],
}

function limits({ layout, groupFiles }: Host): Refusals {
  const v1 = layout.version === 1
  const entries = Object.entries(LIMIT_FILES).map(([name, [first, second]]): [string, Support] => {
    const file = v1 ? first : second
    if (file === null)
      return [`resources.${name}`, { reason: 'cgroup v2 has nothing like it', hint: 'leave it out' }]
    if (groupFiles.has(file)) return [`resources.${name}`, true]
    return [
      `resources.${name}`,
      { reason: `groups on this host have no ${file}`, hint: 'enable the controller, or leave it out' },
    ]
  })
  const unified: Support = v1
    ? { reason: 'the controllers of this host are of cgroup v1', hint: 'leave it out' }
    : true
  return { ...Object.fromEntries(entries), 'resources.unified': unified }
}

function features(host: Host): Refusals {
  const off = (name: string): Support => ({
    reason: `${name} is not on in this kernel`,
    hint: `leave it out, or boot with ${name}`,
  })
  const overlay: Support = host.overlay
    ? true
    : { reason: 'overlayfs is not loaded', hint: 'as root: modprobe overlay' }
  const seccomp: Support = host.seccomp
    ? true
    : { reason: 'the kernel has no seccomp filters', hint: 'use a kernel with CONFIG_SECCOMP_FILTER' }
  return {
    'process.apparmorProfile': host.apparmor ? true : off('AppArmor'),
    'process.selinuxLabel': host.selinux ? true : off('SELinux'),
    'rootfs.type=overlay': overlay,
    'seccomp=default': seccomp,
    'seccomp=profile': seccomp,
  }
}

/** What this driver can do on the host, by field. Pure. */
export function lxcCapabilities(host: Host): DriverCapabilities {
  return {
    fields: {
      ...Object.fromEntries(fieldKeys().map((key) => [key, true as const])),
      ...limits(host),
      ...features(host),
      ...NEVER,
    },
    exceptions: EXCEPTIONS,
    verbs: {
      exec: true,
      pause: true,
      stats: true,
      update: true,
      prestart: true,
      resize: { reason: 'there are no terminals with this driver', hint: 'use the native driver' },
      rotate: { reason: 'this version of the driver does not rotate files' },
      sweep: { reason: 'this version of the driver does not sweep' },
      execResources: { reason: 'this version of the driver has no limits of an exec alone' },
      recover: { reason: 'this version of the driver has no detached containers' },
      detach: {
        reason: 'this version of the driver has no detached containers',
        hint: 'keep the process that started the container alive',
      },
    },
  }
}
