import type { Resources } from '@execd/core/driver'
import { NO_SWAP_ACCOUNTING } from '../layout/unavailable.js'
import type { CgroupFacts, LimitWrite, UnsupportedField } from '../types.js'
import type { PartOfLimits } from './limits.js'

/** The files whose value is also given to the groups below a container's, so that a program inside sees the limit in its own group. */
export const MIRRORED_FILES: ReadonlySet<string> = new Set([
  'memory.max',
  'memory.swap.max',
  'pids.max',
  'cpu.max',
])

/** The controllers of v2. `unified` comes last and so overrides the rest. memory.oom.group stays 0, the kernel's default. */
export function limitsV2(resources: Resources, facts: CgroupFacts): PartOfLimits {
  const memory = memoryV2(resources.memory, facts)
  return {
    writes: [
      ...memory.writes,
      ...cpuV2(resources.cpu),
      ...pidsV2(resources.pids),
      ...blockIOV2(resources.blockIO, facts),
      ...unifiedV2(resources.unified),
    ],
    unsupported: memory.unsupported ?? [],
  }
}

/** The OCI runtime specification's conversion of cpu.shares (2 to 262144) to cpu.weight (1 to 10000). Pure. */
export function cpuWeight(shares: number): number {
  return 1 + Math.floor(((shares - 2) * 9999) / 262142)
}

/** The same for a weight of block I/O (10 to 1000) to io.weight (1 to 10000). bfq takes 1 to 1000 as it is. Pure. */
export function ioWeight(weight: number): number {
  return 1 + Math.floor(((weight - 10) * 9999) / 990)
}

function memoryV2(memory: Resources['memory'], facts: CgroupFacts): PartOfLimits {
  const writes: LimitWrite[] = []
  const unsupported: UnsupportedField[] = []
  const add = (key: string, file: string, data: string | number) =>
    writes.push({ controller: 'memory', file, data: String(data), field: `resources.memory.${key}` })
  const refuse = (key: string, reason: string, hint: string) =>
    unsupported.push({ field: `resources.memory.${key}`, reason, hint })

  const { limit, swap, reservation } = memory
  // Swap first: were it last, a group with a limit could swap for a moment.
  if (limit !== null || swap !== null) {
    const allowed = swap === -1 ? 'max' : String((swap ?? limit ?? 0) - (limit ?? 0))
    if (facts.files.has('memory.swap.max')) add(swap === null ? 'limit' : 'swap', 'memory.swap.max', allowed)
    else if (allowed !== 'max' && (allowed !== '0' || facts.swapAreas)) {
      unsupported.push({
        field: `resources.memory.${allowed === '0' ? 'limit' : 'swap'}`,
        ...NO_SWAP_ACCOUNTING,
      })
    }
  }
  if (limit !== null) add('limit', 'memory.max', limit)
  if (reservation !== null) add('reservation', 'memory.low', reservation)
  if (memory.swappiness !== null) {
    refuse('swappiness', 'cgroup v2 has no swappiness of a group', 'leave it out, or set memory.swap')
  }
  if (memory.disableOOMKiller) {
    refuse(
      'disableOOMKiller',
      'cgroup v2 cannot switch the out-of-memory killer off',
      'use unified "memory.high", which slows down instead of killing',
    )
  }
  return { writes, unsupported }
}

function cpuV2(cpu: Resources['cpu']): LimitWrite[] {
  const writes: LimitWrite[] = []
  if (cpu.shares !== null) {
    writes.push({
      controller: 'cpu',
      file: 'cpu.weight',
      data: String(cpuWeight(cpu.shares)),
      field: 'resources.cpu.shares',
    })
  }
  const max = (data: string, key: string) =>
    writes.push({ controller: 'cpu', file: 'cpu.max', data, field: `resources.cpu.${key}` })
  if (cpu.quota !== null) max(String(cpu.quota), 'quota')
  if (cpu.period !== null) max(`${cpu.quota ?? 'max'} ${cpu.period}`, 'period')
  for (const [key, file] of [
    ['cpusetCpus', 'cpuset.cpus'],
    ['cpusetMems', 'cpuset.mems'],
  ] as const) {
    const data = cpu[key]
    if (data !== null) writes.push({ controller: 'cpuset', file, data, field: `resources.cpu.${key}` })
  }
  return writes
}

function pidsV2({ limit }: Resources['pids']): LimitWrite[] {
  if (limit === null) return []
  return [
    {
      controller: 'pids',
      file: 'pids.max',
      data: limit === -1 ? 'max' : String(limit),
      field: 'resources.pids.limit',
    },
  ]
}

/** Fields of a command and the keys of io.max. */
const THROTTLES = [
  ['throttleReadBpsDevice', 'rbps'],
  ['throttleWriteBpsDevice', 'wbps'],
  ['throttleReadIOPSDevice', 'riops'],
  ['throttleWriteIOPSDevice', 'wiops'],
] as const

function blockIOV2(blockIO: Resources['blockIO'], facts: CgroupFacts): LimitWrite[] {
  const writes: LimitWrite[] = []
  const add = (key: string, file: string, data: string) =>
    writes.push({ controller: 'io', file, data, field: `resources.blockIO.${key}` })

  const bfq = facts.files.has('io.bfq.weight')
  const weightFile = bfq ? 'io.bfq.weight' : 'io.weight'
  const value = (weight: number) => String(bfq ? weight : ioWeight(weight))
  if (blockIO.weight !== null) add('weight', weightFile, value(blockIO.weight))
  for (const { major, minor, weight } of blockIO.weightDevice) {
    add('weightDevice', weightFile, `${major}:${minor} ${value(weight)}`)
  }
  for (const [key, name] of THROTTLES) {
    for (const { major, minor, rate } of blockIO[key]) add(key, 'io.max', `${major}:${minor} ${name}=${rate}`)
  }
  return writes
}

function unifiedV2(unified: Resources['unified']): LimitWrite[] {
  return Object.entries(unified).map(([file, data]) => ({
    controller: file.slice(0, file.indexOf('.')),
    file,
    data,
    field: 'resources.unified',
  }))
}
