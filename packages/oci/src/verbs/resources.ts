import { readFileSync } from 'node:fs'
import type { Resources, Stats, Target } from '@execd/core/driver'
import { readStats, updateLimits } from '@execd/linux/cgroup'
import { parseNetDev } from '@execd/linux/proc'
import { ociError, unsupported } from '../errors.js'
import { type DriverContext, runningContainer, targetProcess } from './context.js'

function network(pid: number): Stats['network'] {
  try {
    return parseNetDev(readFileSync(`/proc/${pid}/net/dev`, 'utf8'))
  } catch {
    return null // has ended
  }
}

/** The verb `stats`: of the whole container, or of one exec. */
export async function stats(context: DriverContext, target: Target): Promise<Stats> {
  const { groups, pid } = targetProcess(context, target)
  if (groups === null) throw unsupported('stats', 'the container has no cgroup')
  const sample = await readStats(groups)
  if (sample !== null) return { ...sample, network: network(pid) }
  throw ociError('EXECD_NOT_RUNNING', `the container ${target.id} has ended`, {
    details: { container: target.id },
  })
}

/** The verb `update`: wholly or not at all. In the groups themselves: runtimes do not all put back what they changed before one value was refused. */
export async function update(context: DriverContext, id: string, resources: Resources): Promise<void> {
  const { groups } = runningContainer(context, id)
  if (groups === null) throw unsupported('update', 'the container has no cgroup')
  const { host } = await context.ready()
  await updateLimits(groups, resources, host.cgroups.facts, id)
}
