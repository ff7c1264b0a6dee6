import { readFileSync } from 'node:fs'
import type { BlockIOStats, CpuStats, MemoryStats, PidsStats, Stats, Usage } from '@execd/core/driver'
import { readNetwork } from '@execd/linux/proc'
import type { CgroupVersion } from '../config/limits.js'
import type { GroupDirs } from './cgroups.js'

const NS_PER_US = 1000

/** Reads a file of the group of a controller; null when there is none. */
export type ReadCounter = (controller: string, file: string) => string | null

/** A reader of the groups at these paths. */
export function counterReader(version: CgroupVersion, dirs: GroupDirs): ReadCounter {
  return (controller, file) => {
    const dir = dirs.get(version === 2 ? '' : controller)
    try {
      return dir === undefined ? null : readFileSync(`${dir}/${file}`, 'utf8')
    } catch {
      return null
    }
  }
}

/** One number, null for "max", nothing, and for v1's "no limit". Pure. */
export function numberOf(text: string | null): number | null {
  const value = /^\s*(\d+)\s*$/.exec(text ?? '')?.[1]
  return value === undefined || Number(value) >= 2 ** 62 ? null : Number(value)
}

/** Lines of a key and a number. Pure. */
export function flatKeyed(text: string | null): Record<string, number> {
  return Object.fromEntries(
    [...(text ?? '').matchAll(/^(\S+) (\d+)$/gm)].map(([, key = '', value]) => [key, Number(value)]),
  )
}

function memoryV1(read: ReadCounter): MemoryStats | null {
  const file = (name: string): string | null => read('memory', `memory.${name}`)
  const usage = numberOf(file('usage_in_bytes'))
  if (usage === null) return null
  const both = numberOf(file('memsw.usage_in_bytes'))
  return {
    usage,
    peak: numberOf(file('max_usage_in_bytes')),
    limit: numberOf(file('limit_in_bytes')),
    swap: both === null ? null : Math.max(0, both - usage),
    failures: numberOf(file('failcnt')),
    oomKills: flatKeyed(file('oom_control')).oom_kill ?? null,
    detail: flatKeyed(file('stat')),
  }
}

function memoryV2(read: ReadCounter): MemoryStats | null {
  const file = (name: string): string | null => read('memory', `memory.${name}`)
  const usage = numberOf(file('current'))
  if (usage === null) return null
  const events = flatKeyed(file('events'))
  return {
    usage,
    peak: numberOf(file('peak')),
    limit: numberOf(file('max')),
    swap: numberOf(file('swap.current')),
    failures: events.max ?? null,
    oomKills: events.oom_kill ?? null,
    detail: flatKeyed(file('stat')),
  }
}

/** Processor time of the group, in microseconds. */
export function cpuCounters(version: CgroupVersion, read: ReadCounter): CpuStats | null {
  const stat = flatKeyed(read('cpu', 'cpu.stat'))
  if (version === 2) {
    if (stat.usage_usec === undefined) return null
    return {
      total: stat.usage_usec,
      user: stat.user_usec ?? null,
      system: stat.system_usec ?? null,
      periods: stat.nr_periods ?? null,
      throttledPeriods: stat.nr_throttled ?? null,
      throttledTime: stat.throttled_usec ?? null,
    }
  }
  const total = numberOf(read('cpuacct', 'cpuacct.usage'))
  if (total === null) return null
  const micro = (nanoseconds: number | null): number | null =>
    nanoseconds === null ? null : Math.round(nanoseconds / NS_PER_US)
  return {
    total: Math.round(total / NS_PER_US),
    user: micro(numberOf(read('cpuacct', 'cpuacct.usage_user'))),
    system: micro(numberOf(read('cpuacct', 'cpuacct.usage_sys'))),
    periods: stat.nr_periods ?? null,
    throttledPeriods: stat.nr_throttled ?? null,
    throttledTime: micro(stat.throttled_time ?? null),
  }
}

function pidsCounters(read: ReadCounter): PidsStats | null {
  const current = numberOf(read('pids', 'pids.current'))
  if (current === null) return null
  return { current, peak: numberOf(read('pids', 'pids.peak')), limit: numberOf(read('pids', 'pids.max')) }
}

type Counter = 'readBytes' | 'writeBytes' | 'readOperations' | 'writeOperations'
const NO_BLOCK_IO = { readBytes: 0, writeBytes: 0, readOperations: 0, writeOperations: 0 }

function blockIO(version: CgroupVersion, read: ReadCounter): BlockIOStats[] | null {
  const rows = new Map<string, Record<Counter, number>>()
  const set = (device: string, counter: Counter, value: number): void => {
    rows.set(device, { ...(rows.get(device) ?? NO_BLOCK_IO), [counter]: value })
  }
  const first =
    version === 2 ? read('io', 'io.stat') : read('blkio', 'blkio.throttle.io_service_bytes_recursive')
  if (first === null) return null
  if (version === 2) {
    const names: Readonly<Record<string, Counter>> = {
      rbytes: 'readBytes',
      wbytes: 'writeBytes',
      rios: 'readOperations',
      wios: 'writeOperations',
    }
    for (const [, device = '', rest = ''] of first.matchAll(/^(\d+:\d+) (.*)$/gm))
      for (const [, key = '', value] of rest.matchAll(/(\w+)=(\d+)/g)) {
        const counter = names[key]
        if (counter !== undefined) set(device, counter, Number(value))
      }
  } else {
    const operations = read('blkio', 'blkio.throttle.io_serviced_recursive')
    for (const [text, readName, writeName] of [
      [first, 'readBytes', 'writeBytes'],
      [operations ?? '', 'readOperations', 'writeOperations'],
    ] as const)
      for (const [, device = '', what, value] of text.matchAll(/^(\d+:\d+) (Read|Write) (\d+)$/gm))
        set(device, what === 'Read' ? readName : writeName, Number(value))
  }
  return [...rows].map(([device, counters]) => {
    const [major = 0, minor = 0] = device.split(':').map(Number)
    return { major, minor, ...counters }
  })
}

/** One sample of a container's groups and interfaces. Null when the groups are gone. */
export async function readSample(
  version: CgroupVersion,
  dirs: GroupDirs,
  pid: number,
): Promise<Stats | null> {
  const read = counterReader(version, dirs)
  const memory = version === 2 ? memoryV2(read) : memoryV1(read)
  const cpu = cpuCounters(version, read)
  const pids = pidsCounters(read)
  if (memory === null && cpu === null && pids === null) return null
  return {
    time: Date.now(),
    memory,
    cpu,
    pids,
    blockIO: blockIO(version, read),
    network: await readNetwork(pid),
  }
}

const US_PER_MS = 1000

/** What groups counted until now, as the usage of what ran in them. */
export function usageOf(dirs: GroupDirs, version: CgroupVersion, wall: number): Usage {
  const read = counterReader(version, dirs)
  const cpu = cpuCounters(version, read)
  const milli = (micro: number | null | undefined): number | null =>
    micro == null ? null : micro / US_PER_MS
  return {
    wall,
    cpu: { user: milli(cpu?.user), system: milli(cpu?.system) },
    memory: {
      peak: numberOf(read('memory', version === 2 ? 'memory.peak' : 'memory.max_usage_in_bytes')),
      maxRss: null,
    },
    pids: { peak: numberOf(read('pids', 'pids.peak')), refused: null },
  }
}

/** How many processes in the groups themselves the kernel killed for want of memory. */
export function oomKillsOf(dirs: GroupDirs, version: CgroupVersion): number {
  const file = version === 2 ? 'memory.events' : 'memory.oom_control'
  return flatKeyed(counterReader(version, dirs)('memory', file)).oom_kill ?? 0
}
