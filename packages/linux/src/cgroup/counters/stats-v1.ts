import type { BlockIOStats, CpuStats, MemoryStats, PidsStats, Stats } from '@execd/core/driver'
import { childNames, hasChildren, readNow } from '../files.js'
import { BlockIOTable, flatKeyed, limitOf, numberOf } from '../parse.js'
import { joinPath } from '../text.js'
import type { CgroupPaths } from '../types.js'
import { splitCpuTime } from './cpu-time.js'
import type { GroupReader } from './stats.js'

/** Reads the counters of v1 groups. */
export async function statsV1(
  read: GroupReader,
  paths: CgroupPaths,
): Promise<Omit<Stats, 'time' | 'network'>> {
  const [memory, cpu, pids, blockIO] = await Promise.all([
    memoryStats(read, paths.dirs.memory),
    cpuStats(read),
    pidsStats(read),
    blockIOStats(read),
  ])
  return { memory, cpu, pids, blockIO }
}

async function memoryStats(read: GroupReader, dir: string | undefined): Promise<MemoryStats | null> {
  const file = (name: string) => read('memory', `memory.${name}`)
  const [usageText, peak, limit, both, failures, stat] = await Promise.all([
    file('usage_in_bytes'),
    file('max_usage_in_bytes'),
    file('limit_in_bytes'),
    file('memsw.usage_in_bytes'),
    file('failcnt'),
    file('stat'),
  ])
  const usage = numberOf(usageText)
  if (usage === null || dir === undefined) return null
  const withSwap = numberOf(both)
  return {
    usage,
    peak: numberOf(peak),
    limit: limitOf(limit),
    swap: withSwap === null ? null : Math.max(0, withSwap - usage),
    failures: numberOf(failures),
    oomKills: await oomKills(dir),
    detail: flatKeyed(stat),
  }
}

/** v1 counts a kill in the group of the killed process only, so those of execs, one level below, are added. */
async function oomKills(dir: string): Promise<number | null> {
  const inner = hasChildren(dir) ? await childNames(dir) : []
  const groups = [dir, ...inner.map((name) => joinPath(dir, name))]
  const texts = groups.map((group) => readNow(joinPath(group, 'memory.oom_control')))
  const counts = texts.map((text) => flatKeyed(text).oom_kill).filter((count) => count !== undefined)
  return counts.length === 0 ? null : counts.reduce((sum, count) => sum + count, 0)
}

async function cpuStats(read: GroupReader): Promise<CpuStats | null> {
  const [usage, user, system, stat] = await Promise.all([
    read('cpuacct', 'cpuacct.usage'),
    read('cpuacct', 'cpuacct.usage_user'),
    read('cpuacct', 'cpuacct.usage_sys'),
    read('cpu', 'cpu.stat'),
  ])
  return parseCpuV1({ usage, user, system, stat })
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

async function pidsStats(read: GroupReader): Promise<PidsStats | null> {
  const [currentText, peak, limit] = await Promise.all([
    read('pids', 'pids.current'),
    read('pids', 'pids.peak'),
    read('pids', 'pids.max'),
  ])
  const current = numberOf(currentText)
  return current === null ? null : { current, peak: numberOf(peak), limit: numberOf(limit) }
}

async function blockIOStats(read: GroupReader): Promise<readonly BlockIOStats[] | null> {
  const [bytes, operations] = await Promise.all([
    read('blkio', 'blkio.throttle.io_service_bytes_recursive'),
    read('blkio', 'blkio.throttle.io_serviced_recursive'),
  ])
  return bytes === null ? null : parseBlockIOV1(bytes, operations ?? '')
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
