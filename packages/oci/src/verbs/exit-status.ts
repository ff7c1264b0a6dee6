import type { ExitStatus, Usage } from '@execd/core/driver'
import {
  type CgroupPaths,
  REPORT_FILES_V1,
  REPORT_FILES_V2,
  type ReportKey,
  usageFromReport,
} from '@execd/linux/cgroup'
import { signalName } from '@execd/linux/proc'
import type { KeeperEnd } from '../keeper/report.js'

const SIGKILL = 9

/** The counters that a keeper is to read of a process's groups before they are removed, by file. */
export function reportFiles(groups: CgroupPaths | null): Map<string, ReportKey> {
  if (groups === null) return new Map()
  const byController = Object.entries(groups.version === 2 ? REPORT_FILES_V2 : REPORT_FILES_V1)
  return new Map(
    byController.flatMap(([controller, files]) => {
      const dir = groups.dirs[groups.version === 2 ? 'unified' : controller]
      return dir === undefined ? [] : files.map(({ key, file }) => [`${dir}/${file}`, key] as const)
    }),
  )
}

/** What is known of an end beside the keeper's words. */
export interface EndContext {
  readonly groups: CgroupPaths | null
  /** Milliseconds that it took. */
  readonly wall: number
  /** SIGKILL was sent on purpose, to it or to its container. */
  readonly killed: boolean
  /** Kills for want of memory that are counted elsewhere. */
  readonly otherKills: number
}

/** How a process ended, from its keeper's words. Processor time is that of the group, where it has one, else what the kernel told its parent. Pure. */
export function exitStatus(end: KeeperEnd, { groups, wall, killed, otherKills }: EndContext): ExitStatus {
  const keys = reportFiles(groups)
  const texts = Object.fromEntries(
    [...keys].map(([file, key]) => [key, end.counters.get(file) ?? null]),
  ) as Partial<Record<ReportKey, string | null>>
  const { oomKills, memory, cpu, pids } = usageFromReport(texts)
  const kills = (oomKills ?? 0) + otherKills
  const usage: Usage = {
    wall,
    cpu: { user: cpu.user ?? end.user, system: cpu.system ?? end.system },
    memory: { peak: memory.peak, maxRss: null },
    pids,
  }
  return {
    exitCode: end.exitCode,
    signal: end.signal === null ? null : signalName(end.signal),
    oom: kills > 0 ? { kills, init: end.signal === SIGKILL && !killed } : null,
    usage,
    cleanup: end.problems,
    lost: false,
  }
}
