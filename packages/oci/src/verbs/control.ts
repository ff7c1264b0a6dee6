import type { ContainerInfo, Target, TerminalSize } from '@execd/core/driver'
import { freeze, readPids, thaw, wholeGroup } from '@execd/linux/cgroup'
import { pidsOfNamespace } from '@execd/linux/proc'
import { unsupported } from '../errors.js'
import { type DriverContext, type OciContainer, runningContainer, targetProcess } from './context.js'

const FREEZE_MS = 10_000

/** The verb `kill`. */
export async function kill(context: DriverContext, target: Target, signal: number): Promise<void> {
  await targetProcess(context, target).kill(signal)
}

/** The verb `resize`. */
export async function resize(
  context: DriverContext,
  target: Target,
  { height, width }: TerminalSize,
): Promise<void> {
  await targetProcess(context, target).resize(height, width)
}

function groupsOf({ groups }: OciContainer) {
  if (groups === null) throw unsupported('pause', 'the container has no cgroup')
  return groups
}

/** The verb `pause`: thawed again when it could not be frozen wholly. */
export async function pause(context: DriverContext, id: string): Promise<void> {
  const container = runningContainer(context, id)
  await freeze(groupsOf(container), FREEZE_MS)
  container.paused = true
}

/** The verb `unpause`. */
export async function unpause(context: DriverContext, id: string): Promise<void> {
  const container = runningContainer(context, id)
  await thaw(groupsOf(container))
  container.paused = false
}

/** The verb `getPids`. */
export async function getPids(context: DriverContext, id: string): Promise<number[]> {
  const { groups, process } = runningContainer(context, id)
  return groups === null ? pidsOfNamespace(process.pid) : readPids(groups)
}

/** The verb `terminate`: everything in the container, frozen or not; no error when nothing runs. */
export async function terminate(context: DriverContext, id: string): Promise<void> {
  const container = context.containers.get(id)
  if (container === undefined) return
  container.killed = true
  container.cancelled = true
  container.keeper?.end()
  await container.gone
}

/** The verb `info`. */
export function info(context: DriverContext, id: string): ContainerInfo | null {
  const container = context.containers.get(id)
  if (container?.process == null) return null
  const { process, runtime, dir, groups, paused } = container
  return {
    id,
    status: paused ? 'paused' : 'running',
    pid: process.pid,
    details: {
      runtime: runtime.text,
      bundle: dir,
      cgroup: groups === null ? '' : (wholeGroup(groups) ?? ''),
    },
  }
}
