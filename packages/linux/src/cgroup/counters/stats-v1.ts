import type { BlockIOStats, CpuStats, MemoryStats, PidsStats, Stats } from '@execd/core/driver'
import { childNamesNow, hasChildren, readNow } from '../files.js'
import { BlockIOTable, flatKeyed, limitOf, numberOf } from '../parse.js'
import { joinPath } from '../text.js'
import type { CgroupPaths } from '../types.js'
import { splitCpuTime } from './cpu-time.js'
import type { GroupReader } from './stats.js'

/** Reads the counters of v1 groups. */
export function statsV1(read: GroupReader, paths: CgroupPaths): Omit<Stats, 'time' | 'network'> {
  return {
    memory: memoryStats(read, paths.dirs.memory),
    cpu: cpuStats(read),
    pids: pidsStats(read),
    blockIO: blockIOStats(read),
  }
}

function memoryStats(read: GroupReader, dir: string | undefined): MemoryStats | null {
  const file = (name: string) => read('memory', `memory.${name}`)
  const usage = numberOf(file('usage_in_bytes'))
  if (usage === null || dir === undefined) return null
  const withSwap = numberOf(file('memsw.usage_in_bytes'))
  return {
    usage,
    peak: numberOf(file('max_usage_in_bytes')),
    limit: limitOf(file('limit_in_bytes')),
    swap: withSwap === null ? null : Math.max(0, withSwap - usage),
    failures: numberOf(file('failcnt')),
    oomKills: oomKills(dir),
    detail: flatKeyed(file('stat')),
  }
}

/** v1 counts a kill in the group of the killed process only, so those of execs, one level below, are added. */
function oomKills(dir: string): number | null {
  const inner = hasChildren(dir) ? childNamesNow(dir) : []
  const groups = [dir, ...inner.map((name) => joinPath(dir, name))]
  const texts = groups.map((group) => readNow(joinPath(group, 'memory.oom_control')))
  const counts = texts.map((text) => flatKeyed(text).oom_kill).filter((count) => count !== undefined)
  return counts.length === 0 ? null : counts.reduce((sum, count) => sum + count, 0)
}

function cpuStats(read: GroupReader): CpuStats | null {
  return parseCpuV1({
    usage: read('cpuacct', 'cpuacct.usage'),
    user: read('cpuacct', 'cpuacct.usage_user'),
    system: read('cpuacct', 'cpuacct.usage_sys'),
    stat: read('cpu', 'cpu.stat'),
  })
}

/** The texts of cpuacct.usage, usage_user, usage_sys (nanoseconds) and cpu.stat as microseconds. Pure. */
function parseCpuV1(
  texts: Readonly<Record<'usage' | 'user' | 'system' | 'stat', string | null>>,
): CpuStats | null {
  const nanoseconds = numberOf(texts.usage)
  if (nanoseconds === null) return null
  const total = Math.round(nanoseconds / 1000)
  const sampled = numberOf(texts.user) !== null
  const split = splitCpuTime(total, numberOf(texts.user), numberOf(texts.system))
  const throttling = flatKeyed(texts.stat)
  const time = throttling.throttled_time
  return {
    total,
    user: sampled ? split.user : null,
    system: sampled ? split.system : null,
    periods: throttling.nr_periods ?? null,
    throttledPeriods: throttling.nr_throttled ?? null,
    throttledTime: time === undefined ? null : Math.round(time / 1000),
  }
}

function pidsStats(read: GroupReader): PidsStats | null {
  const current = numberOf(read('pids', 'pids.current'))
  if (current === null) return null
  return { current, peak: numberOf(read('pids', 'pids.peak')), limit: numberOf(read('pids', 'pids.max')) }
}

function blockIOStats(read: GroupReader): readonly BlockIOStats[] | null {
  const bytes = read('blkio', 'blkio.throttle.io_service_bytes_recursive')
  if (bytes === null) return null
  return parseBlockIOV1(bytes, read('blkio', 'blkio.throttle.io_serviced_recursive') ?? '')
}

/** Lines of "MAJOR:MINOR Read|Write|... COUNT", with a total without device at the end. Pure. */
function parseBlockIOV1(bytes: string, operations: string): BlockIOStats[] {
  const table = new BlockIOTable()
  for (const [text, read, write] of [
    [bytes, 'readBytes', 'writeBytes'],
    [operations, 'readOperations', 'writeOperations'],
  ] as const) {
    for (const [, device, operation, value] of text.matchAll(/^(\d+:\d+) (Read|Write) (\d+)$/gm)) {
      if (device !== undefined) table.add(device, operation === 'Read' ? read : write, Number(value))
    }
  }
  return table.rows()
}
