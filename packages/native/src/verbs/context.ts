import type { Command } from '@execd/core/driver'
import { ExecdError } from '@execd/core/driver'
import type { CgroupPaths } from '@execd/linux/cgroup'
import type { RecoveredProcess } from '../detached/recovered-process.js'
import type { Host } from '../host/host.js'
import type { Monitor } from '../init/monitor.js'
import type { UserNamespace } from '../isolation/id-map.js'
import type { SharedPeer } from '../isolation/namespaces.js'
import { mayTraceJoiners } from '../isolation/tracing.js'
import type { Pool } from '../pool/pool.js'
import type { RunningProcess, Starter } from '../process/running-process.js'
import type { ContainerFolder } from '../state/container-folder.js'
import type { DriverState } from '../state/driver-state.js'
import type { StartTemplates } from './start-template.js'

/** One more process in a container. */
export interface NativeExec {
  readonly process: RunningProcess
  /** Its own groups; null when the container has none. */
  readonly cgroups: CgroupPaths | null
}

/** The first process of a container: started here, or found. */
export type ContainerProcess = RunningProcess | RecoveredProcess

/** What is known of a container while it lives. */
export interface NativeContainer {
  /** With the limits of the last update. */
  command: Command
  /** Null for an ordinary user without a delegated cgroup. */
  cgroups: CgroupPaths | null
  userNamespace: UserNamespace | null
  /** Set once the helper was started. */
  monitor: Monitor | null
  /** Set once the command runs. */
  process: ContainerProcess | null
  /** Where it is written down; null: it ends with its owner. */
  folder: ContainerFolder | null
  /** Asked to end before it began. */
  cancelled: boolean
  paused: boolean
  /** Told of each process that the kernel killed for want of memory, of the container's own and of its execs. */
  readonly onOom: () => void
  readonly execs: Map<string, NativeExec>
}

/** What the verbs share. */
export interface DriverContext {
  readonly containers: Map<string, NativeContainer>
  readonly host: () => Promise<Host>
  readonly starter: () => Promise<Starter>
  readonly templates: StartTemplates
  readonly state: DriverState
  /** Folders of detached containers that have ended, until they are cleaned. */
  readonly ended: Map<string, ContainerFolder>
  /** Null: nothing is prepared. */
  readonly pool: Pool | null
}

/** The container, when it runs. Throws EXECD_NOT_RUNNING. */
export function runningContainer(
  context: DriverContext,
  id: string,
): NativeContainer & { process: ContainerProcess } {
  const container = context.containers.get(id)
  if (container === undefined)
    throw new ExecdError('EXECD_NOT_RUNNING', `no container ${id} runs`, {
      details: { driver: 'native', container: id },
    })
  if (container.process === null) {
    throw new ExecdError('EXECD_NOT_RUNNING', `the container ${id} does not run yet`, {
      details: { driver: 'native', container: id },
    })
  }
  return container as NativeContainer & { process: ContainerProcess }
}

/** The first process of a container that runs here, for others to share its namespaces. */
export function peerOf(context: DriverContext, id: string): SharedPeer | undefined {
  const container = context.containers.get(id)
  if (container?.process == null) return undefined
  const { pid, startTime } = container.process
  const ownUserNamespace = container.userNamespace !== null
  const mayTrace = mayTraceJoiners(container.command.process, ownUserNamespace)
  return { pid, startTime, ownUserNamespace, mayTrace }
}

/** The process that a target names. Throws EXECD_NOT_RUNNING. */
export function targetProcess(
  context: DriverContext,
  target: { id: string; exec?: string },
): ContainerProcess {
  const container = runningContainer(context, target.id)
  return target.exec === undefined ? container.process : runningExec(container, target.exec).process
}

export function runningExec(container: NativeContainer, exec: string): NativeExec {
  const found = container.execs.get(exec)
  if (found !== undefined) return found
  throw new ExecdError(
    'EXECD_NOT_RUNNING',
    `no process ${exec} runs in the container ${container.command.id}`,
    {
      details: { driver: 'native', container: container.command.id, exec },
    },
  )
}

/** The groups of a container. Throws EXECD_UNSUPPORTED when it has none. */
export function cgroupsOf(container: NativeContainer, what: string): CgroupPaths {
  if (container.cgroups !== null) return container.cgroups
  throw new ExecdError('EXECD_UNSUPPORTED', `${what} needs a cgroup, and this container has none`, {
    hint: 'run as root, or in a delegated cgroup',
    details: { driver: 'native', container: container.command.id },
  })
}
