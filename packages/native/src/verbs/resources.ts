import type { Resources, Stats, Target } from '@execd/core/driver'
import { readStats } from '../cgroup/stats.js'
import { updateLimits } from '../cgroup/update.js'
import { cgroupsOf, type DriverContext, runningContainer, runningExec } from './context.js'

/** The verb `stats`. */
export async function stats(context: DriverContext, target: Target): Promise<Stats> {
  const container = runningContainer(context, target.id)
  const groups = target.exec === undefined ? container.cgroups : runningExec(container, target.exec).cgroups
  return readStats(cgroupsOf({ ...container, cgroups: groups }, 'measuring'))
}

/** The verb `update`. */
export async function update(context: DriverContext, id: string, resources: Resources): Promise<void> {
  const container = runningContainer(context, id)
  const groups = cgroupsOf(container, 'changing limits')
  const { cgroups } = await context.host()
  await updateLimits(groups, resources, cgroups.facts, id)
}
