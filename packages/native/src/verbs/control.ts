import type { ContainerInfo, Target, TerminalSize } from '@execd/core/driver'
import { freeze, readPids, thaw } from '@execd/linux/cgroup'
import { pidsOfNamespace } from '@execd/linux/proc'
import { cgroupsOf, type DriverContext, runningContainer, targetProcess } from './context.js'

const FREEZE_TIMEOUT_MS = 10_000

/** The verb `kill`. */
export async function kill(context: DriverContext, target: Target, signal: number): Promise<void> {
  await targetProcess(context, target).kill(signal)
}

/** The verb `pause`. */
export async function pause(context: DriverContext, id: string): Promise<void> {
  const container = runningContainer(context, id)
  await freeze(cgroupsOf(container, 'pausing'), FREEZE_TIMEOUT_MS)
  container.paused = true
}

/** The verb `unpause`. */
export async function unpause(context: DriverContext, id: string): Promise<void> {
  const container = runningContainer(context, id)
  await thaw(cgroupsOf(container, 'pausing'))
  container.paused = false
}

/** The verb `getPids`. */
export async function getPids(context: DriverContext, id: string): Promise<number[]> {
  const container = runningContainer(context, id)
  return container.cgroups === null ? pidsOfNamespace(container.process.pid) : readPids(container.cgroups)
}

/** The verb `resize`. */
export async function resize(context: DriverContext, target: Target, size: TerminalSize): Promise<void> {
  await targetProcess(context, target).resize(size)
}

/** The verb `terminate`: no error when nothing runs. */
export async function terminate(context: DriverContext, id: string): Promise<void> {
  const container = context.containers.get(id)
  if (container === undefined) return
  container.cancelled = container.process === null
  await Promise.all([...container.execs.values()].map((exec) => exec.process.killAll()))
  if (container.process !== null) await container.process.killAll()
  else await container.monitor?.killAll()
}

/** The verb `info`. */
export function info(context: DriverContext, id: string): ContainerInfo | null {
  const container = context.containers.get(id)
  if (container?.process == null) return null
  return {
    id,
    status: container.paused ? 'paused' : 'running',
    pid: container.process.pid,
    details: { ...(container.cgroups?.dirs ?? {}) },
  }
}
