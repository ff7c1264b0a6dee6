import type { Command } from '@execd/core/driver'
import type { CgroupPaths } from '@execd/linux/cgroup'
import { ociError } from '../errors.js'
import type { Host } from '../host/host.js'
import type { Keeper } from '../keeper/keeper.js'
import type { CheckedOptions } from '../options.js'
import type { Runtime } from '../runtime/find-runtime.js'
import type { IdMaps } from '../spec/namespaces.js'
import type { StateFolder } from '../state/folders.js'
import type { KeptProcess } from './kept-process.js'

/** What is known of a container while it lives. */
export interface OciContainer {
  readonly command: Command
  readonly detached: boolean
  /** Its folder; "" until it is made. */
  dir: string
  runtime: Runtime
  /** Maps of its user namespace; null: it has none. */
  idMaps: IdMaps | null
  groups: CgroupPaths | null
  /** Every folder of a group that the runtime makes, in all hierarchies. */
  groupDirs: readonly string[]
  /** Set once a keeper runs. */
  keeper: Keeper | null
  /** Set once the command runs. */
  process: KeptProcess | null
  /** Asked to end before it began. */
  cancelled: boolean
  /** SIGKILL was sent from here. */
  killed: boolean
  paused: boolean
  /** Kills for want of memory in the groups of execs that have ended: v1 counts them there only. */
  execOomKills: number
  readonly execs: Map<string, KeptProcess>
  /** Resolves when nothing of it is left. */
  gone: Promise<unknown>
}

/** A container of which nothing runs yet. */
export function newContainer(command: Command, runtime: Runtime, detached: boolean): OciContainer {
  return {
    command,
    detached,
    dir: '',
    runtime,
    idMaps: null,
    groups: null,
    groupDirs: [],
    keeper: null,
    process: null,
    cancelled: false,
    killed: false,
    paused: false,
    execOomKills: 0,
    execs: new Map(),
    gone: Promise.resolve(),
  }
}

/** What a start needs to know, found out once. */
export interface Ready {
  readonly host: Host
  readonly runtime: Runtime
}

/** What the verbs share. */
export interface DriverContext {
  readonly options: CheckedOptions
  readonly state: StateFolder
  readonly containers: Map<string, OciContainer>
  /** Everything that the first container needs: the host read, the runtime found, the state folder made, what dead owners left removed. */
  readonly ready: () => Promise<Ready>
}

/** The container, when its command runs. Throws EXECD_NOT_RUNNING. */
export function runningContainer(
  context: DriverContext,
  id: string,
): OciContainer & { process: KeptProcess } {
  const container = context.containers.get(id)
  if (container?.process == null)
    throw ociError('EXECD_NOT_RUNNING', `the container ${id} does not run`, { details: { container: id } })
  return container as OciContainer & { process: KeptProcess }
}

/** The process that a target names. Throws EXECD_NOT_RUNNING. */
export function targetProcess(context: DriverContext, target: { id: string; exec?: string }): KeptProcess {
  const container = runningContainer(context, target.id)
  if (target.exec === undefined) return container.process
  const found = container.execs.get(target.exec)
  if (found !== undefined) return found
  throw ociError('EXECD_NOT_RUNNING', `no process ${target.exec} runs in the container ${target.id}`, {
    details: { container: target.id, exec: target.exec },
  })
}
