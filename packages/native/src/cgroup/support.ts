import type { Support } from '@execd/core/driver'
import { NO_SWAP_ACCOUNTING } from './swap.js'
import type { CgroupFacts, CgroupPlace, Unavailable } from './types.js'

interface FieldFile {
  readonly controller: string
  /** Any of them will do. */
  readonly files: readonly string[]
}

/** Where each field of `resources` goes: v1, v2; null: not there. */
const FIELDS: Readonly<Record<string, readonly [v1: FieldFile | null, v2: FieldFile | null]>> = {
  'memory.limit': [file('memory', 'memory.limit_in_bytes'), file('memory', 'memory.max')],
  'memory.reservation': [file('memory', 'memory.soft_limit_in_bytes'), file('memory', 'memory.low')],
  // Without swap accounting -1 and a value without swap can still be had, so the value decides.
  'memory.swap': [file('memory', 'memory.limit_in_bytes'), file('memory', 'memory.max')],
  'memory.swappiness': [file('memory', 'memory.swappiness'), null],
  'memory.disableOOMKiller': [file('memory', 'memory.oom_control'), null],
  'cpu.shares': [file('cpu', 'cpu.shares'), file('cpu', 'cpu.weight')],
  'cpu.quota': [file('cpu', 'cpu.cfs_quota_us'), file('cpu', 'cpu.max')],
  'cpu.period': [file('cpu', 'cpu.cfs_period_us'), file('cpu', 'cpu.max')],
  'cpu.cpusetCpus': [file('cpuset', 'cpuset.cpus'), file('cpuset', 'cpuset.cpus')],
  'cpu.cpusetMems': [file('cpuset', 'cpuset.mems'), file('cpuset', 'cpuset.mems')],
  'pids.limit': [file('pids', 'pids.max'), file('pids', 'pids.max')],
  'blockIO.weight': [
    file('blkio', 'blkio.bfq.weight', 'blkio.weight'),
    file('io', 'io.bfq.weight', 'io.weight'),
  ],
  'blockIO.weightDevice': [
    file('blkio', 'blkio.bfq.weight_device', 'blkio.weight_device'),
    file('io', 'io.bfq.weight', 'io.weight'),
  ],
  'blockIO.throttleReadBpsDevice': [file('blkio', 'blkio.throttle.read_bps_device'), file('io', 'io.max')],
  'blockIO.throttleWriteBpsDevice': [file('blkio', 'blkio.throttle.write_bps_device'), file('io', 'io.max')],
  'blockIO.throttleReadIOPSDevice': [file('blkio', 'blkio.throttle.read_iops_device'), file('io', 'io.max')],
  'blockIO.throttleWriteIOPSDevice': [
    file('blkio', 'blkio.throttle.write_iops_device'),
    file('io', 'io.max'),
  ],
}

/** Which fields of `resources` can be enforced, by field key. `place` null: none, for the reason given. Pure. */
export function resourceSupport(
  place: CgroupPlace | null,
  facts: CgroupFacts,
  missing: Unavailable | null,
): Record<string, Support> {
  const none = missing ?? { reason: 'no cgroup can be made here', hint: 'run it as root' }
  const support: Record<string, Support> = {}
  for (const [key, versions] of Object.entries(FIELDS)) {
    support[`resources.${key}`] = place === null ? none : fieldSupport(key, versions, place, facts)
  }
  support['resources.unified'] = place === null ? none : place.version === 2 ? true : NO_UNIFIED
  return support
}

/** `unified` where the controllers are on v1. */
export const NO_UNIFIED: Unavailable = {
  reason: 'the controllers of this host are on cgroup v1; `unified` names files of v2',
  hint: 'use the named fields, or boot with systemd.unified_cgroup_hierarchy=1',
}

function fieldSupport(
  key: string,
  versions: readonly [FieldFile | null, FieldFile | null],
  place: CgroupPlace,
  facts: CgroupFacts,
): Support {
  const wanted = versions[place.version - 1]
  if (!wanted) return { reason: `cgroup v2 has no counterpart of ${key}`, hint: 'leave it out' }
  const { controller, files } = wanted
  if (!place.parents.some((parent) => parent.controllers.includes(controller))) {
    return place.unavailable[controller] ?? noController(controller)
  }
  if (!files.some((name) => facts.files.has(name))) {
    return {
      reason: `this kernel's ${controller} controller has no ${files.join(' or ')}`,
      hint: 'leave it out',
    }
  }
  const countsSwap = facts.files.has('memory.memsw.limit_in_bytes') || facts.files.has('memory.swap.max')
  if (key === 'memory.limit' && !countsSwap && facts.swapAreas) return NO_SWAP_ACCOUNTING
  return true
}

/** A controller that the kernel does not have, or has switched off. */
export function noController(controller: string): Unavailable {
  const hint = `boot a kernel with the ${controller} controller on (see /proc/cgroups)`
  return { reason: `this host has no ${controller} cgroup controller`, hint }
}

function file(controller: string, ...files: string[]): FieldFile {
  return { controller, files }
}
