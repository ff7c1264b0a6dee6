import { ExecdError, mergeResources, type Resources, type Stats, type Target } from '@execd/core/driver'
import { readStats, updateLimits } from '@execd/linux/cgroup'
import { readNetwork, readStat } from '@execd/linux/proc'
import {
  type ContainerProcess,
  cgroupsOf,
  type DriverContext,
  type NativeContainer,
  runningContainer,
  runningExec,
} from './context.js'

/** The verb `stats`. */
export async function stats(context: DriverContext, target: Target): Promise<Stats> {
  const container = runningContainer(context, target.id)
  const groups = target.exec === undefined ? container.cgroups : runningExec(container, target.exec).cgroups
  const sample = await readStats(cgroupsOf({ ...container, cgroups: groups }, 'measuring'))
  if (sample === null)
    throw new ExecdError('EXECD_NOT_RUNNING', 'the cgroup of the container is gone', {
      hint: 'it has ended: wait() tells how',
      details: { driver: 'native', container: target.id },
    })
  return { ...sample, network: target.exec === undefined ? await networkOf(container) : null }
}

/** Null with the host's network, whose counters are of everything that the host does. Throws EXECD_NOT_RUNNING. */
async function networkOf(
  container: NativeContainer & { process: ContainerProcess },
): Promise<Stats['network']> {
  const { command, process } = container
  if (command.network.mode === 'host') return null
  const counters = await readNetwork(process.pid)
  // only a process that is still the same one was it when its counters were read
  if (counters !== null && readStat(process.pid)?.startTime === process.startTime) return counters
  throw new ExecdError('EXECD_NOT_RUNNING', `the first process of the container ${command.id} has ended`, {
    details: { driver: 'native', container: command.id },
  })
}

/** The verb `update`. */
export async function update(context: DriverContext, id: string, resources: Resources): Promise<void> {
  const container = runningContainer(context, id)
  const groups = cgroupsOf(container, 'changing limits')
  const { cgroups } = await context.host()
  await updateLimits(groups, resources, cgroups.facts, id)
  const { command, folder } = container
  container.command = Object.freeze({ ...command, resources: mergeResources(command.resources, resources) })
  try {
    folder?.rewriteCommand(container.command)
  } catch {
    // a full disk: the limits are in force, only the next owner will read the older ones
  }
}
