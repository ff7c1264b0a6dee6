import type { Command, Resources } from '@execd/core/driver'
import { line } from './lines.js'

/** The cgroup hierarchy that limits are written for. */
export type CgroupVersion = 1 | 2

/** A file of a cgroup and what is written to it. */
export interface LimitWrite {
  readonly controller: string
  readonly file: string
  readonly data: string
  /** The field that asked for it. */
  readonly field: string
}

const DEFAULT_PERIOD = 100_000

function memoryV1({ memory }: Resources, swapCounted: boolean): LimitWrite[] {
  const writes: LimitWrite[] = []
  const add = (name: string, file: string, data: number | string): void => {
    writes.push({
      controller: 'memory',
      file: `memory.${file}`,
      data: String(data),
      field: `resources.memory.${name}`,
    })
  }
  if (memory.limit !== null) add('limit', 'limit_in_bytes', memory.limit)
  const total = memory.swap ?? memory.limit
  if (total !== null && swapCounted)
    add(memory.swap === null ? 'limit' : 'swap', 'memsw.limit_in_bytes', total)
  if (memory.reservation !== null) add('reservation', 'soft_limit_in_bytes', memory.reservation)
  if (memory.swappiness !== null) add('swappiness', 'swappiness', memory.swappiness)
  if (memory.disableOOMKiller) add('disableOOMKiller', 'oom_control', 1)
  return writes
}

function othersV1({ cpu, pids, blockIO }: Resources): LimitWrite[] {
  const writes: LimitWrite[] = []
  const add = (controller: string, file: string, data: number | string | null, field: string): void => {
    if (data !== null)
      writes.push({
        controller,
        file: `${controller}.${file}`,
        data: String(data),
        field: `resources.${field}`,
      })
  }
  add('cpu', 'shares', cpu.shares, 'cpu.shares')
  add('cpu', 'cfs_period_us', cpu.period, 'cpu.period')
  add('cpu', 'cfs_quota_us', cpu.quota, 'cpu.quota')
  add('cpuset', 'cpus', cpu.cpusetCpus, 'cpu.cpusetCpus')
  add('cpuset', 'mems', cpu.cpusetMems, 'cpu.cpusetMems')
  add('pids', 'max', pids.limit === -1 ? 'max' : pids.limit, 'pids.limit')
  for (const [name, file] of [
    ['throttleReadBpsDevice', 'read_bps_device'],
    ['throttleWriteBpsDevice', 'write_bps_device'],
    ['throttleReadIOPSDevice', 'read_iops_device'],
    ['throttleWriteIOPSDevice', 'write_iops_device'],
  ] as const) {
    for (const { major, minor, rate } of blockIO[name])
      add('blkio', `throttle.${file}`, `${major}:${minor} ${rate}`, `blockIO.${name}`)
  }
  return writes
}

/** cpu.shares 2..262144 as cpu.weight 1..10000, by the conversion of the OCI runtimes. */
export function weightOfShares(shares: number): number {
  return 1 + Math.floor(((shares - 2) * 9999) / 262142)
}

function writesV2({ memory, cpu, pids, blockIO, unified }: Resources): LimitWrite[] {
  const writes: LimitWrite[] = []
  const add = (file: string, data: number | string | null, field: string): void => {
    const [controller = ''] = file.split('.')
    if (data !== null) writes.push({ controller, file, data: String(data), field: `resources.${field}` })
  }
  add('memory.max', memory.limit, 'memory.limit')
  if (memory.limit !== null)
    add(
      'memory.swap.max',
      memory.swap === -1 ? 'max' : (memory.swap ?? memory.limit) - memory.limit,
      'memory.swap',
    )
  add('memory.low', memory.reservation, 'memory.reservation')
  add('cpu.weight', cpu.shares === null ? null : weightOfShares(cpu.shares), 'cpu.shares')
  if (cpu.quota !== null || cpu.period !== null)
    add('cpu.max', `${cpu.quota ?? 'max'} ${cpu.period ?? DEFAULT_PERIOD}`, 'cpu.quota')
  add('cpuset.cpus', cpu.cpusetCpus, 'cpu.cpusetCpus')
  add('cpuset.mems', cpu.cpusetMems, 'cpu.cpusetMems')
  add('pids.max', pids.limit === -1 ? 'max' : pids.limit, 'pids.limit')
  for (const [name, key] of [
    ['throttleReadBpsDevice', 'rbps'],
    ['throttleWriteBpsDevice', 'wbps'],
    ['throttleReadIOPSDevice', 'riops'],
    ['throttleWriteIOPSDevice', 'wiops'],
  ] as const) {
    for (const { major, minor, rate } of blockIO[name])
      add('io.max', `${major}:${minor} ${key}=${rate}`, `blockIO.${name}`)
  }
  for (const [file, data] of Object.entries(unified)) add(file, data, 'unified')
  return writes
}

/** What is written for resources, in an order that the kernel takes for a new cgroup. Pure. */
export function limitWrites(
  resources: Resources,
  version: CgroupVersion,
  swapCounted: boolean,
): LimitWrite[] {
  if (version === 2) return writesV2(resources)
  return [...memoryV1(resources, swapCounted), ...othersV1(resources)]
}

/** Always there: null, zero, full, random, urandom, tty, ptmx, pts, and nodes may be made of any device without being usable. */
const DEVICES = [
  'c 1:3 rwm',
  'c 1:5 rwm',
  'c 1:7 rwm',
  'c 1:8 rwm',
  'c 1:9 rwm',
  'c 5:0 rwm',
  'c 5:2 rwm',
  'c 136:* rwm',
]

export interface CreatedDevice {
  readonly path: string
  readonly type: 'b' | 'c' | 'p'
  readonly major: number
  readonly minor: number
  readonly fileMode: number
  readonly uid: number
  readonly gid: number
  readonly access: string
}

/** The device rules: everything denied but the standard ones and what the command allows. */
export function deviceLines(
  command: Command,
  created: readonly CreatedDevice[],
  version: CgroupVersion,
): string[] {
  const prefix = version === 2 ? 'lxc.cgroup2' : 'lxc.cgroup'
  const all = command.devices.allowed.some(
    ({ type, major, minor, access }) => type === 'a' && major === null && minor === null && access === 'rwm',
  )
  if (all) return [line(`${prefix}.devices.allow`, 'a')]
  const allowed = command.devices.allowed.flatMap(({ type, major, minor, access }) =>
    (type === 'a' ? ['b', 'c'] : [type]).map((kind) => `${kind} ${major ?? '*'}:${minor ?? '*'} ${access}`),
  )
  const own = created
    .filter(({ type }) => type !== 'p')
    .map(({ type, major, minor, access }) => `${type} ${major}:${minor} ${access}`)
  return [
    line(`${prefix}.devices.deny`, 'a'),
    ...[...DEVICES, 'c *:* m', 'b *:* m', ...allowed, ...own].map((rule) =>
      line(`${prefix}.devices.allow`, rule),
    ),
  ]
}

/** The limits as lines of configuration. */
export function limitLines(writes: readonly LimitWrite[], version: CgroupVersion): string[] {
  const prefix = version === 2 ? 'lxc.cgroup2' : 'lxc.cgroup'
  return writes.map(({ file, data, field }) => line(`${prefix}.${file}`, data, field))
}
