import type { BlockIOStats, CpuStats, MemoryStats, PidsStats, Stats } from '@execd/core/driver'
import { BlockIOTable, flatKeyed, numberOf } from '../parse.js'
import type { GroupReader } from './stats.js'

/** Reads the counters of a v2 group; they are of the whole tree below it. */
export async function statsV2(read: GroupReader): Promise<Omit<Stats, 'time' | 'network'>> {
  const file = (name: string) => read('unified', name)
  const [memory, cpuText, pids, ioText] = await Promise.all([
    memoryStats(file),
    file('cpu.stat'),
    pidsStats(file),
    file('io.stat'),
  ])
  return { memory, cpu: parseCpuV2(cpuText), pids, blockIO: ioText === null ? null : parseBlockIOV2(ioText) }
}

type FileReader = (name: string) => Promise<string | null>

async function memoryStats(file: FileReader): Promise<MemoryStats | null> {
  const [usageText, peak, limit, swap, eventsText, stat] = await Promise.all([
    file('memory.current'),
    file('memory.peak'),
    file('memory.max'),
    file('memory.swap.current'),
    file('memory.events'),
    file('memory.stat'),
  ])
  const usage = numberOf(usageText)
  if (usage === null) return null
  const events = flatKeyed(eventsText)
  return {
    usage,
    peak: numberOf(peak),
    limit: numberOf(limit),
    swap: numberOf(swap),
    failures: events.max ?? null,
    oomKills: events.oom_kill ?? null,
    detail: flatKeyed(stat),
  }
}

/** cpu.stat, whose times are microseconds; the throttling lines are there with the cpu controller only. Pure. */
function parseCpuV2(text: string | null): CpuStats | null {
  const values = flatKeyed(text)
  if (values.usage_usec === undefined) return null
  return {
    total: values.usage_usec,
    user: values.user_usec ?? null,
    system: values.system_usec ?? null,
    periods: values.nr_periods ?? null,
    throttledPeriods: values.nr_throttled ?? null,
    throttledTime: values.throttled_usec ?? null,
  }
}

async function pidsStats(file: FileReader): Promise<PidsStats | null> {
  const [currentText, peak, limit] = await Promise.all([
    file('pids.current'),
    file('pids.peak'),
    file('pids.max'),
  ])
  const current = numberOf(currentText)
  return current === null ? null : { current, peak: numberOf(peak), limit: numberOf(limit) }
}

const KEYS = {
  rbytes: 'readBytes',
  wbytes: 'writeBytes',
  rios: 'readOperations',
  wios: 'writeOperations',
} as const

/** io.stat: lines of "MAJOR:MINOR rbytes=N wbytes=N rios=N wios=N ...". Pure. */
function parseBlockIOV2(text: string): BlockIOStats[] {
  const table = new BlockIOTable()
  for (const line of text.split('\n')) {
    const [device, ...pairs] = line.split(' ')
    if (device === undefined || !/^\d+:\d+$/.test(device)) continue
    for (const pair of pairs) {
      const [key, value] = pair.split('=')
      if (key !== undefined && key in KEYS) table.add(device, KEYS[key as keyof typeof KEYS], Number(value))
    }
  }
  return table.rows()
}
