import type { BlockIOStats, CpuStats, MemoryStats, PidsStats, Stats } from '@execd/core/driver'
import { BlockIOTable, flatKeyed, numberOf } from '../parse.js'
import type { GroupReader } from './stats.js'

/** Reads the counters of a v2 group; they are of the whole tree below it. */
export function statsV2(read: GroupReader): Omit<Stats, 'time' | 'network'> {
  const file = (name: string) => read('unified', name)
  const io = file('io.stat')
  return {
    memory: memoryStats(file),
    cpu: parseCpuV2(file('cpu.stat')),
    pids: pidsStats(file),
    blockIO: io === null ? null : parseBlockIOV2(io),
  }
}

type FileReader = (name: string) => string | null

function memoryStats(file: FileReader): MemoryStats | null {
  const usage = numberOf(file('memory.current'))
  if (usage === null) return null
  const events = flatKeyed(file('memory.events'))
  return {
    usage,
    peak: numberOf(file('memory.peak')),
    limit: numberOf(file('memory.max')),
    swap: numberOf(file('memory.swap.current')),
    failures: events.max ?? null,
    oomKills: events.oom_kill ?? null,
    detail: flatKeyed(file('memory.stat')),
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

function pidsStats(file: FileReader): PidsStats | null {
  const current = numberOf(file('pids.current'))
  if (current === null) return null
  return { current, peak: numberOf(file('pids.peak')), limit: numberOf(file('pids.max')) }
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
