import { ExecdError, type Resources } from '@execd/core/driver'
import { readText } from '../files.js'
import { NO_UNIFIED } from '../layout/unavailable.js'
import type { PartOfLimits } from '../limits/limits.js'
import { cpuAndPidsV1, memoryV1 } from '../limits/limits-v1.js'
import { blockIOV1 } from '../limits/limits-v1-block.js'
import { limitsV2 } from '../limits/limits-v2.js'
import { limitOf, numberOf } from '../parse.js'
import { joinPath } from '../text.js'
import type { CgroupFacts, CgroupPaths, LimitWrite, UnsupportedField } from '../types.js'
import { memoryUpdateV1, memoryUpdateV2 } from './update-memory.js'

/** The writes of an update in a safe order, from what holds now. Throws EXECD_UNSUPPORTED or EXECD_LIMIT. */
export async function updateWrites(
  paths: CgroupPaths,
  resources: Resources,
  facts: CgroupFacts,
): Promise<LimitWrite[]> {
  const read = (controller: string, file: string) => {
    const dir = paths.dirs[paths.version === 2 ? 'unified' : controller]
    return dir === undefined ? Promise.resolve(null) : readText(joinPath(dir, file))
  }
  return paths.version === 2 ? writesV2(resources, facts, read) : writesV1(paths, resources, facts, read)
}

type Read = (controller: string, file: string) => Promise<string | null>

async function writesV1(
  paths: CgroupPaths,
  resources: Resources,
  facts: CgroupFacts,
  read: Read,
): Promise<LimitWrite[]> {
  if (Object.keys(resources.unified).length > 0) {
    refuse([{ field: 'resources.unified', ...NO_UNIFIED }])
  }
  const parts: PartOfLimits[] = [
    memoryV1(resources.memory, { ...facts, hierarchical: true }),
    cpuAndPidsV1(resources),
    blockIOV1(resources.blockIO, facts),
  ]
  refuse(parts.flatMap((part) => part.unsupported ?? []))
  const all = parts.flatMap((part) => part.writes)
  refuse(
    all
      .filter((write) => !(write.controller in paths.dirs))
      .map((write) => ({
        field: write.field,
        reason: `the container was started without a limit of the ${write.controller} controller and is in no group of it`,
        hint: 'give it a value when it is started, for example cpu.shares 1024',
      })),
  )
  const now = {
    limit: limitOf(await read('memory', 'memory.limit_in_bytes')),
    swap: limitOf(await read('memory', 'memory.memsw.limit_in_bytes')),
  }
  const memory = memoryUpdateV1(now, resources.memory, facts.files.has('memory.memsw.limit_in_bytes'))
  const others = all.filter((write) => !MEMORY_FILES.has(write.file))
  return [...memory, ...orderCpuV1(others, numberOf(await read('cpu', 'cpu.cfs_period_us')))]
}

async function writesV2(resources: Resources, facts: CgroupFacts, read: Read): Promise<LimitWrite[]> {
  const limits = limitsV2(resources, facts)
  refuse(limits.unsupported ?? [])
  const now = {
    limit: numberOf(await read('memory', 'memory.max')),
    swap: numberOf(await read('memory', 'memory.swap.max')),
  }
  const memory = memoryUpdateV2(now, resources.memory, facts.files.has('memory.swap.max'))
  if (memory === null) {
    const message =
      'resources.memory.swap: wanted at least the limit on memory, since it counts memory and swap together'
    throw new ExecdError('EXECD_LIMIT', message, {
      hint: 'raise memory.swap, or lower memory.limit with it',
      details: {
        path: 'resources.memory.swap',
        got: String(resources.memory.swap),
        limit: resources.memory.limit ?? now.limit,
      },
    })
  }
  const quota = (await read('cpu', 'cpu.max'))?.split(' ')[0] ?? 'max'
  const others = limits.writes.filter((write) => !MEMORY_FILES.has(write.file))
  return [...memory, ...others.map((write) => keepQuota(write, resources, quota))]
}

const MEMORY_FILES: ReadonlySet<string> = new Set([
  'memory.limit_in_bytes',
  'memory.memsw.limit_in_bytes',
  'memory.max',
  'memory.swap.max',
])

/** cpu.max takes "QUOTA", "QUOTA PERIOD" but no period alone. */
function keepQuota(write: LimitWrite, { cpu }: Resources, quota: string): LimitWrite {
  return write.field === 'resources.cpu.period' && cpu.quota === null
    ? { ...write, data: `${quota} ${cpu.period}` }
    : write
}

/**
 * The kernel checks quota / period against the parent's at each write: a longer period goes before the quota, a shorter one
 * after it, so that what holds in between is never above both. Pure.
 */
export function orderCpuV1(writes: readonly LimitWrite[], period: number | null): LimitWrite[] {
  const later = writes.filter(
    (write) => write.file === 'cpu.cfs_period_us' && period !== null && Number(write.data) < period,
  )
  return [...writes.filter((write) => !later.includes(write)), ...later]
}

function refuse(fields: readonly UnsupportedField[]): void {
  const [first] = fields
  if (first === undefined) return
  const message = fields.map(({ field, reason }) => `${field}: ${reason}`).join('; ')
  throw new ExecdError('EXECD_UNSUPPORTED', message, {
    hint: first.hint,
    details: { path: first.field, fields },
  })
}
