import type { ExitStatus, Usage } from '@execd/core/driver'
import { type ReportKey, type ReportTexts, usageFromReport } from '@execd/linux/cgroup'
import { signalName } from '@execd/linux/proc'
import { errnoName } from '../init/errno.js'
import type { Exited } from '../init/monitor.js'
import type { Plan } from '../isolation/builder.js'

const SIGKILL = 9
const US_PER_MS = 1000
const BYTES_PER_KIB = 1024

/** The counters that the monitor read when the process had ended. The reads of a plan are the cgroup's, in the order of its keys. */
function reportTexts(keys: readonly ReportKey[], exited: Exited): ReportTexts {
  const texts: Partial<Record<ReportKey, string>> = {}
  for (const [index, key] of keys.entries()) {
    const read = exited.reads[index]
    if (read?.errno === 0) texts[key] = read.data.toString('utf8')
  }
  return texts
}

export interface ExitContext {
  /** Milliseconds since the start. */
  readonly wall: number
  /** This side sent SIGKILL, so the kernel need not have. */
  readonly killed: boolean
  readonly reportKeys: readonly ReportKey[]
}

/** What a step of a plan is called where it has failed; an output by its file, whose folder the step before has opened. Pure. */
export function stepName({ steps }: Pick<Plan, 'steps'>, index: number): string {
  const step = steps[index]
  if (step?.name !== 'log') return step?.name ?? String(index)
  const folder = steps[index - 1]
  return `write the output file ${folder?.name === 'open' ? `${folder.path}/${step.file}` : step.file}`
}

/** What a monitor's last message says. Pure. */
export function exitStatus(
  nameOf: (step: number) => string,
  exited: Exited,
  context: ExitContext,
): ExitStatus {
  const report = usageFromReport(reportTexts(context.reportKeys, exited))
  const kills = report.oomKills ?? 0
  const init = exited.signal === SIGKILL && !context.killed && !exited.killed
  const usage: Usage = {
    wall: context.wall,
    cpu: {
      user: report.cpu.user ?? Number(exited.userTimeUs) / US_PER_MS,
      system: report.cpu.system ?? Number(exited.systemTimeUs) / US_PER_MS,
    },
    memory: { peak: report.memory.peak, maxRss: Number(exited.maxRssKiB) * BYTES_PER_KIB },
    pids: report.pids,
  }
  return {
    exitCode: exited.code,
    signal: exited.signal === null ? null : signalName(exited.signal),
    oom: kills > 0 ? { kills, init } : null,
    usage,
    cleanup: exited.cleanupErrors.map(({ step, errno }) => ({
      step: nameOf(step),
      errno: errnoName(errno),
    })),
    lost: false,
  }
}
