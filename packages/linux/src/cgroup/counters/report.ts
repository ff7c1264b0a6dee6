import { flatKeyed, numberOf } from '../parse.js'
import { splitCpuTime } from './cpu-time.js'

/** The counters that are read when a process has ended. */
export type ReportKey =
  | 'memoryPeak'
  | 'memoryEvents'
  | 'cpuTotal'
  | 'cpuUser'
  | 'cpuSystem'
  | 'cpuStat'
  | 'pidsPeak'
  | 'pidsEvents'
  | 'pidsLeafEvents'

/** Texts by counter; a counter is absent or null when it could not be read. */
export type ReportTexts = Partial<Readonly<Record<ReportKey, string | null>>>

/** A counter and its file. */
export interface ReportFile {
  readonly key: ReportKey
  readonly file: string
}

/** The files of v1 by controller. */
export const REPORT_FILES_V1: Readonly<Record<string, readonly ReportFile[]>> = {
  memory: [
    { key: 'memoryPeak', file: 'memory.max_usage_in_bytes' },
    { key: 'memoryEvents', file: 'memory.oom_control' },
  ],
  cpuacct: [
    { key: 'cpuTotal', file: 'cpuacct.usage' },
    { key: 'cpuUser', file: 'cpuacct.usage_user' },
    { key: 'cpuSystem', file: 'cpuacct.usage_sys' },
  ],
  pids: [
    { key: 'pidsPeak', file: 'pids.peak' },
    { key: 'pidsEvents', file: 'pids.events' },
  ],
}

/** The files of v2 by controller; those of "" are in every group. */
export const REPORT_FILES_V2: Readonly<Record<string, readonly ReportFile[]>> = {
  '': [{ key: 'cpuStat', file: 'cpu.stat' }],
  memory: [
    { key: 'memoryPeak', file: 'memory.peak' },
    { key: 'memoryEvents', file: 'memory.events' },
  ],
  pids: [
    { key: 'pidsPeak', file: 'pids.peak' },
    { key: 'pidsEvents', file: 'pids.events' },
  ],
}

/** What the groups of an ended process counted. Null: this kernel does not count it. */
export interface GroupUsage {
  readonly cpu: {
    /** Milliseconds of processor time in user mode, of the whole tree. */
    readonly user: number | null
    /** Milliseconds in kernel mode. */
    readonly system: number | null
  }
  readonly memory: {
    /** Most bytes in use at once, caches included. */
    readonly peak: number | null
  }
  readonly pids: {
    readonly peak: number | null
    /** How often a fork was refused by the limit. */
    readonly refused: number | null
  }
  /** How many processes the out-of-memory killer ended inside the group's limits. */
  readonly oomKills: number | null
}

/** Reads the counters of an ended process, v1 and v2. Pure. */
export function usageFromReport(texts: ReportTexts): GroupUsage {
  return {
    cpu: cpuTimes(texts),
    memory: { peak: numberOf(texts.memoryPeak) },
    pids: { peak: numberOf(texts.pidsPeak), refused: refusedForks(texts) },
    oomKills: oomKillsOf(texts.memoryEvents),
  }
}

/** The kills for want of memory that a text of memory.oom_control (v1) or memory.events (v2) counts; null when it counts none of them. Pure. */
export function oomKillsOf(text: string | null | undefined): number | null {
  return flatKeyed(text).oom_kill ?? null
}

function cpuTimes(texts: ReportTexts): GroupUsage['cpu'] {
  const v2 = flatKeyed(texts.cpuStat)
  if (v2.usage_usec !== undefined)
    return { user: perThousand(v2.user_usec), system: perThousand(v2.system_usec) }
  const total = numberOf(texts.cpuTotal)
  if (total === null) return { user: null, system: null }
  const split = splitCpuTime(total, numberOf(texts.cpuUser), numberOf(texts.cpuSystem))
  return { user: split.user / 1_000_000, system: split.system / 1_000_000 }
}

function perThousand(value: number | undefined): number | null {
  return value === undefined ? null : value / 1000
}

/** Counted in the limit's group or, before 6.11, in the group of the process: never in both. */
function refusedForks(texts: ReportTexts): number | null {
  const counts = [texts.pidsEvents, texts.pidsLeafEvents].map((text) => flatKeyed(text).max)
  const known = counts.filter((count) => count !== undefined)
  return known.length === 0 ? null : Math.max(...known)
}
