import type { Resources } from '@execd/core/driver'
import { NO_SWAP_ACCOUNTING } from '../layout/unavailable.js'
import type { CgroupFacts, LimitWrite, UnsupportedField } from '../types.js'
import { type DeviceRule, deviceLines } from './device-rules.js'
import type { PartOfLimits } from './limits.js'

/**
 * The memory controller. `swap` is memory and swap together, as memory.memsw.limit_in_bytes is; it is written after the limit,
 * which may never be above it. Where the kernel counts no swap and a swap area is in use the limit would not hold: refused.
 */
export function memoryV1(memory: Resources['memory'], facts: CgroupFacts): PartOfLimits {
  const writes: LimitWrite[] = []
  const unsupported: UnsupportedField[] = []
  const add = (key: string, file: string, data: string | number) =>
    writes.push({ controller: 'memory', file, data: String(data), field: `resources.memory.${key}` })

  // Before 5.11 a group's limit holds for the groups below it (those of execs) only with this.
  if (!facts.hierarchical) add('limit', 'memory.use_hierarchy', 1)
  if (memory.limit !== null) add('limit', 'memory.limit_in_bytes', memory.limit)
  const total = memory.swap ?? memory.limit
  if (total !== null) {
    if (facts.files.has('memory.memsw.limit_in_bytes')) {
      add(memory.swap === null ? 'limit' : 'swap', 'memory.memsw.limit_in_bytes', total)
    } else if (total !== -1) {
      const allowsSwap = total !== memory.limit
      if (allowsSwap || facts.swapAreas) {
        unsupported.push({
          field: allowsSwap ? 'resources.memory.swap' : 'resources.memory.limit',
          ...NO_SWAP_ACCOUNTING,
        })
      } else if (memory.swappiness === null) {
        // No swap area is in use; should one be added later, 0 keeps this group's memory out of it.
        add('limit', 'memory.swappiness', 0)
      }
    }
  }
  if (memory.reservation !== null) add('reservation', 'memory.soft_limit_in_bytes', memory.reservation)
  if (memory.swappiness !== null) add('swappiness', 'memory.swappiness', memory.swappiness)
  if (memory.disableOOMKiller) add('disableOOMKiller', 'memory.oom_control', 1)
  return { writes, unsupported }
}

/** The cpu, cpuset and pids controllers. The rest of a cpuset comes from the parent group, see `cpuset.ts`. */
export function cpuAndPidsV1({ cpu, pids }: Resources): PartOfLimits {
  const writes: LimitWrite[] = []
  const add = (controller: string, file: string, data: string | number, field: string) =>
    writes.push({ controller, file, data: String(data), field: `resources.${field}` })

  if (cpu.shares !== null) add('cpu', 'cpu.shares', cpu.shares, 'cpu.shares')
  if (cpu.period !== null) add('cpu', 'cpu.cfs_period_us', cpu.period, 'cpu.period')
  if (cpu.quota !== null) add('cpu', 'cpu.cfs_quota_us', cpu.quota, 'cpu.quota')
  if (cpu.cpusetCpus !== null) add('cpuset', 'cpuset.cpus', cpu.cpusetCpus, 'cpu.cpusetCpus')
  if (cpu.cpusetMems !== null) add('cpuset', 'cpuset.mems', cpu.cpusetMems, 'cpu.cpusetMems')
  if (pids.limit !== null) add('pids', 'pids.max', pids.limit === -1 ? 'max' : pids.limit, 'pids.limit')
  return { writes }
}

/** The devices controller: everything denied, then what the rules allow. */
export function devicesV1(rules: readonly DeviceRule[] | null): PartOfLimits {
  if (rules === null) return { writes: [] }
  const { deny, allow } = deviceLines(rules)
  const write = (file: string, data: string): LimitWrite => ({
    controller: 'devices',
    file,
    data,
    field: 'devices',
  })
  const first = deny === null ? [] : [write('devices.deny', deny)]
  return { writes: [...first, ...allow.map((line) => write('devices.allow', line))] }
}
