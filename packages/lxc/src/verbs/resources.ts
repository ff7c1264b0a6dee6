import type { Resources, Stats, Target } from '@execd/core/driver'
import { updateLimits } from '@execd/linux/cgroup'
import { lxcError } from '../errors.js'
import { readSample } from '../host/counters.js'
import { type DriverContext, runningContainer, targetProcess } from './context.js'

/** The verb `stats`: of the whole container, or of one exec. */
export async function stats(context: DriverContext, target: Target): Promise<Stats> {
  const { groups, pid } = targetProcess(context, target)
  const sample = await readSample(groups, pid)
  if (sample !== null) return sample
  throw lxcError('EXECD_NOT_RUNNING', `the container ${target.id} has ended`, {
    details: { container: target.id },
  })
}

/** The verb `update`: wholly or not at all. */
export async function update(context: DriverContext, id: string, resources: Resources): Promise<void> {
  const { payload } = runningContainer(context, id)
  await updateLimits(payload, resources, (await context.host()).facts, id)
}
