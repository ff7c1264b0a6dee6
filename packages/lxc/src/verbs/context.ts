import type { Command } from '@execd/core/driver'
import type { CgroupPaths } from '@execd/linux/cgroup'
import type { RunningTool, ToolRunner } from '../commands/run.js'
import { lxcError } from '../errors.js'
import type { Host } from '../host/host.js'
import type { FifoStock } from '../io/fifo-stock.js'
import type { StatusPipe } from '../io/status-pipe.js'
import type { StdinStock } from '../io/stdin-stock.js'
import type { Home } from '../kept/home.js'
import type { OwnerToken } from '../kept/owner.js'
import type { CheckedOptions } from '../options.js'
import type { ToolProcess } from '../process/tool-process.js'

/** Where one driver object keeps its state: a folder of its own, so that several do not disturb each other. */
export interface StatePaths {
  readonly dir: string
  /** Where LXC mounts roots. */
  readonly rootMount: string
  readonly seccomp: string
}

/** What is known of a container while it lives. */
export interface LxcContainer {
  readonly command: Command
  /** Where LXC has it: the driver's own state, or its home. */
  readonly state: StatePaths
  /** Null: it ends with this process. */
  readonly home: Home | null
  /** Its folder. */
  readonly dir: string
  /** The group of everything that belongs to it, and the one that its processes are in. */
  readonly outer: CgroupPaths
  readonly payload: CgroupPaths
  readonly monitor: CgroupPaths
  /** Set once lxc-start runs. */
  tool: RunningTool | null
  /** Set once the command runs. */
  process: ToolProcess | null
  /** Pid of process 1: the command, or the init that it runs under. 0 until it runs. */
  first: number
  /** Asked to end before it began. */
  cancelled: boolean
  /** SIGKILL was sent from here. */
  killed: boolean
  paused: boolean
  /** Kills for want of memory in the groups of execs that have ended: v1 counts them there only. */
  execOomKills: number
  readonly execs: Map<string, ToolProcess>
  /** Resolves when nothing of it is left. */
  gone: Promise<unknown>
  /** Stops following a detached one. */
  release: () => void
}

/** What the verbs share. */
export interface DriverContext {
  readonly options: CheckedOptions
  readonly tools: ToolRunner
  readonly state: StatePaths
  readonly fifos: FifoStock
  readonly stdins: StdinStock
  readonly containers: Map<string, LxcContainer>
  /** Starts that are no containers yet, by id; each is called to be given up, and resolves when it is. */
  readonly beginnings: Map<string, () => Promise<void>>
  readonly owner: OwnerToken
  /** Homes of detached containers that have ended and were not cleaned up after. */
  readonly ended: Map<string, Home>
  /** Policies of seccomp by what they were made from. */
  readonly policies: Map<string, string>
  readonly host: () => Promise<Host>
  /** Ends and removes everything that belongs to a state folder, and the folder. */
  readonly clearAway: (stateDir: string) => Promise<void>
  /** Everything that the first container needs: version checked, folders made, guard started. Gives the pipe that monitors report to. */
  readonly ready: () => Promise<StatusPipe>
}

/** The container, when its command runs. Throws EXECD_NOT_RUNNING. */
export function runningContainer(
  context: DriverContext,
  id: string,
): LxcContainer & { process: ToolProcess } {
  const container = context.containers.get(id)
  if (container?.process == null)
    throw lxcError('EXECD_NOT_RUNNING', `the container ${id} does not run`, { details: { container: id } })
  return container as LxcContainer & { process: ToolProcess }
}

/** The process that a target names. Throws EXECD_NOT_RUNNING. */
export function targetProcess(context: DriverContext, target: { id: string; exec?: string }): ToolProcess {
  const container = runningContainer(context, target.id)
  if (target.exec === undefined) return container.process
  const found = container.execs.get(target.exec)
  if (found !== undefined) return found
  throw lxcError('EXECD_NOT_RUNNING', `no process ${target.exec} runs in the container ${target.id}`, {
    details: { container: target.id, exec: target.exec },
  })
}
