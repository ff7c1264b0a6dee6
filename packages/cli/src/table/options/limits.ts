import type { Flag, FlagGroup } from '../types.js'

const deviceRate = (name: string, what: string, field: string) =>
  ({
    name,
    value: 'DEVICE:RATE',
    many: true,
    help: `Limit ${what} of a block device, a second`,
    field: `resources.blockIO.${field}`,
  }) as const

/** What can also be changed while it runs, and set for one program of `exec`. */
const RESOURCES: readonly Flag[] = [
  {
    name: 'memory',
    short: 'm',
    value: 'SIZE',
    help: 'Most memory, such as 64m',
    field: 'resources.memory.limit',
  },
  {
    name: 'memory-reservation',
    value: 'SIZE',
    help: 'Memory that is kept for it under pressure',
    field: 'resources.memory.reservation',
  },
  {
    name: 'memory-swap',
    value: 'SIZE',
    help: 'Most memory and swap together, -1 for any (default: as --memory, so no swap)',
    field: 'resources.memory.swap',
  },
  {
    name: 'memory-swappiness',
    value: 'NUMBER',
    help: 'How readily it is swapped, 0 to 100',
    field: 'resources.memory.swappiness',
  },
  {
    name: 'oom-kill-disable',
    help: 'Let it wait instead of being killed at the memory limit',
    field: 'resources.memory.disableOOMKiller',
  },
  { name: 'cpus', value: 'NUMBER', help: 'Most processor time, such as 0.5', field: 'resources.cpu.cpus' },
  {
    name: 'cpu-shares',
    short: 'c',
    value: 'NUMBER',
    help: 'Weight against others under load; 1024 is usual',
    field: 'resources.cpu.shares',
  },
  {
    name: 'cpu-quota',
    value: 'MICROSECONDS',
    help: 'Processor time in each period',
    field: 'resources.cpu.quota',
  },
  {
    name: 'cpu-period',
    value: 'MICROSECONDS',
    help: 'Length of the period',
    field: 'resources.cpu.period',
  },
  {
    name: 'cpuset-cpus',
    value: 'LIST',
    help: 'Processors that it may run on, such as 0-3,8',
    field: 'resources.cpu.cpusetCpus',
  },
  {
    name: 'cpuset-mems',
    value: 'LIST',
    help: 'Memory nodes that it may use',
    field: 'resources.cpu.cpusetMems',
  },
  {
    name: 'pids-limit',
    value: 'NUMBER',
    help: 'Most processes and threads, -1 for any',
    field: 'resources.pids.limit',
  },
  {
    name: 'blkio-weight',
    value: 'NUMBER',
    help: 'Weight on block devices, 10 to 1000',
    field: 'resources.blockIO.weight',
  },
  {
    name: 'blkio-weight-device',
    value: 'DEVICE:WEIGHT',
    many: true,
    help: 'Weight on one block device',
    field: 'resources.blockIO.weightDevice',
  },
  deviceRate('device-read-bps', 'bytes read', 'throttleReadBpsDevice'),
  deviceRate('device-write-bps', 'bytes written', 'throttleWriteBpsDevice'),
  deviceRate('device-read-iops', 'reads', 'throttleReadIOPSDevice'),
  deviceRate('device-write-iops', 'writes', 'throttleWriteIOPSDevice'),
]

export const LIMITS: FlagGroup = {
  title: 'Limits',
  flags: [
    ...RESOURCES,
    {
      name: 'cgroup-parent',
      value: 'PATH',
      help: 'Cgroup below which that of the container is made',
      field: 'cgroupParent',
    },
  ],
}

export const UPDATE_LIMITS: FlagGroup = { title: 'Limits', flags: RESOURCES }
export const EXEC_LIMITS: FlagGroup = { title: 'Limits of this program alone', flags: RESOURCES }
