import type { ContainerInfo, Target, TerminalSize } from '@execd/core/driver'
import { readPids, thaw, wholeGroup } from '@execd/linux/cgroup'
import { readStat } from '@execd/linux/proc'
import { lxcFreeze, lxcUnfreeze } from '../commands/lxc-freeze.js'
import { endGroups } from '../host/remove-groups.js'
import { type DriverContext, runningContainer, targetProcess } from './context.js'

/** The verb `kill`. */
export async function kill(context: DriverContext, target: Target, signal: number): Promise<void> {
  await targetProcess(context, target).kill(signal)
}

/** The verb `resize`. */
export async function resize(context: DriverContext, target: Target, size: TerminalSize): Promise<void> {
  await targetProcess(context, target).resize(size)
}

/** The verb `pause`: thawed again when it could not be frozen wholly. */
export async function pause(context: DriverContext, id: string): Promise<void> {
  const container = runningContainer(context, id)
  try {
    await lxcFreeze(context.tools, container.state.dir, id)
  } catch (error) {
    await thaw(container.payload).catch(() => {}) // the failure that matters is the first
    throw error
  }
  container.paused = true
}

/** The verb `unpause`. */
export async function unpause(context: DriverContext, id: string): Promise<void> {
  const container = runningContainer(context, id)
  try {
    await lxcUnfreeze(context.tools, container.state.dir, id)
  } catch (error) {
    // a container that ends as soon as it is thawed cannot be asked for its state any more
    if (readStat(container.first)?.exiting === false) throw error
  }
  container.paused = false
}

/** The verb `getPids`. */
export async function getPids(context: DriverContext, id: string): Promise<number[]> {
  return readPids(runningContainer(context, id).payload)
}

/** The verb `terminate`: everything in the container, frozen or not; no error when nothing runs. */
export async function terminate(context: DriverContext, id: string): Promise<void> {
  const container = context.containers.get(id)
  if (container === undefined) return context.beginnings.get(id)?.()
  container.killed = true
  if (container.process === null) {
    container.cancelled = true
    if (container.home === null) container.tool?.signal('SIGKILL') // the start of a detached one looks for it
  } else {
    await container.process.killAll()
    await endGroups(container.payload)
  }
  await container.gone
}

/** The verb `info`. */
export function info(context: DriverContext, id: string): ContainerInfo | null {
  const container = context.containers.get(id)
  if (container?.process == null) return null
  return {
    id,
    status: container.paused ? 'paused' : 'running',
    pid: container.process.pid,
    details: {
      lxcPath: container.state.dir,
      config: `${container.dir}/config`,
      cgroup: wholeGroup(container.payload) ?? '',
    },
  }
}
