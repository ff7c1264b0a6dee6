import type { Readable, Writable } from 'node:stream'
import type { Command, ProcessSpec, Resources } from '../command/command.js'
import type { DriverCapabilities } from './capabilities.js'
import type { ExitStatus } from './exit.js'
import type { ProbeReport } from './probe.js'
import type { DetachedContainer, Recovered, SweepReport } from './recovery.js'
import type { Stats } from './stats.js'

/** The version of this contract. A plugin says which one it was written for. */
export const DRIVER_API_VERSION = 1

/** Size of a terminal in characters. */
export interface TerminalSize {
  readonly height: number
  readonly width: number
}

/**
 * How an output file is kept small: before it would pass `maxSize` it is renamed to `<path>.1`, what was there to `<path>.2` and so on, and a new one is begun.
 * There are never more than `maxFiles`, the current one included. Nothing is lost but what the oldest one held.
 */
export interface Rotation {
  /** Bytes. */
  readonly maxSize: number
  readonly maxFiles: number
}

/**
 * Where one of the three standard descriptors goes. `fd` is borrowed: the driver duplicates it and never closes it. `rotate` is null for stdin, and not null
 * only with the verb "rotate".
 */
export type Stdio =
  | { readonly type: 'pipe' }
  | { readonly type: 'ignore' }
  | {
      readonly type: 'file'
      readonly path: string
      readonly append: boolean
      readonly rotate: Rotation | null
    }
  | { readonly type: 'fd'; readonly fd: number }

/** The three standard descriptors. With a terminal all three are "pipe" or "ignore", and stdout carries everything. */
export interface ProcessIO {
  readonly stdin: Stdio
  readonly stdout: Stdio
  readonly stderr: Stdio
}

/** A process of a container: the first (no `exec`), or one started by `exec`. */
export interface Target {
  readonly id: string
  readonly exec?: string
}

/** What a hook is told, in the words of the OCI runtime specification ("State"). */
export interface HookState {
  readonly id: string
  readonly status: 'creating' | 'running' | 'stopped'
  /** Process id on the host; 0 when stopped. */
  readonly pid: number
}

/** What a driver may call back while it runs a command. */
export interface RunCallbacks {
  /** To be awaited when the namespaces exist and the command has not run; a rejection must stop the start and be passed on. */
  readonly prestart: ((state: HookState) => Promise<void>) | null
  /** To be called each time the kernel killed something for want of memory, while the process runs. Optional for a driver. */
  readonly oom: () => void
}

export interface RunOptions {
  readonly io: ProcessIO
  readonly callbacks: RunCallbacks
  /** The container is to outlive this process; only with the verb "detach". */
  readonly detached: boolean
}

/** What a driver is told of one more process in a container. */
export interface ExecOptions {
  readonly io: ProcessIO
  /** Limits of this process and its descendants, below those of the container; null: none. Not null only with the verb "execResources". */
  readonly resources: Resources | null
  /** As in `RunCallbacks`, of this process and its descendants. */
  readonly oom: () => void
}

/** A process that has really started. */
export interface DriverProcess {
  /** Process id on the host. */
  readonly pid: number
  /** Null where the io is not "pipe". All of the output is readable before `exited` settles or stays readable after it; the stream ends by itself. */
  readonly stdin: Writable | null
  readonly stdout: Readable | null
  readonly stderr: Readable | null
  /** Resolves, never rejects, when the process and every descendant that the driver answers for is gone and everything is removed. */
  readonly exited: Promise<ExitStatus>
}

/** What a driver knows of a container. */
export interface ContainerInfo {
  readonly id: string
  readonly status: 'running' | 'paused' | 'stopped'
  /** Process id on the host; 0 when stopped. */
  readonly pid: number
  /** Words of the driver for people, such as paths. */
  readonly details: Readonly<Record<string, string>>
}

/**
 * What driver authors write: execdriver's verbs, id in, plain data out. Core validates commands, compares them with `capabilities()`, makes ids, keeps the state
 * machine and calls each verb only in the states that its text names; a driver checks none of that again.
 *
 * Every method rejects with an `ExecdError`; anything else is reported as EXECD_INTERNAL. docs/drivers/contract.md has the rules of order.
 */
export interface Driver extends AsyncDisposable {
  readonly name: string
  /** What can be enforced here, by field. Called once, before the first command. */
  capabilities(): Promise<DriverCapabilities>
  /** What the host allows, with reasons and hints. Must not throw for a host that lacks something. */
  probe(): Promise<ProbeReport>
  /** State `creating`. Resolves when the command is really running; rejects, leaving nothing behind, when it could not start. */
  run(command: Command, options: RunOptions): Promise<DriverProcess>
  /** State `running`. One more process in the container; `execId` is new. Rejects, leaving nothing behind, when it could not start. */
  exec(id: string, execId: string, process: ProcessSpec, options: ExecOptions): Promise<DriverProcess>
  /** States `running`, `paused`, `stopping`. Sends a signal to the one process. EXECD_NOT_RUNNING when it has ended. */
  kill(target: Target, signal: number): Promise<void>
  /** State `running`. Resolves when every process is frozen; rejects with EXECD_TIMEOUT, thawed again, when that does not happen. */
  pause(id: string): Promise<void>
  /** State `paused`. */
  unpause(id: string): Promise<void>
  /** Host process ids of everything in the container. */
  getPids(id: string): Promise<number[]>
  /** States `running`, `paused`. */
  stats(target: Target): Promise<Stats>
  /** States `running`, `paused`. Only what is not null is changed, wholly or not at all. */
  update(id: string, resources: Resources): Promise<void>
  /** State `running`; only for a process with a terminal. */
  resize(target: Target, size: TerminalSize): Promise<void>
  /**
   * Any state. SIGKILL to everything in the container, frozen or not; resolves when all is gone. No error when nothing runs. In state `creating` the start is
   * given up: `run` rejects (with any error) as soon as everything is undone.
   */
  terminate(id: string): Promise<void>
  /** State `stopped`; called once after each end, its failure is part of the verdict. Removes what is kept of a stopped container (state, output files). No error when there is nothing. */
  clean(id: string): Promise<void>
  /** What is known of a container, or null. */
  info(id: string): Promise<ContainerInfo | null>
  /** All detached containers that are known on this host to a driver with the same options, oldest first; nothing is changed. Verb "recover". */
  detached(): Promise<DetachedContainer[]>
  /**
   * Those detached containers that no living process owns, or those of them with these ids. Owned by this driver object from then on, until it is disposed: of
   * two callers at the same time only one gets a container.
   */
  recover(ids?: readonly string[]): Promise<Recovered[]>
  /**
   * Removes what containers of dead owners left on this host: processes, cgroups, mounts, network links, state. Touches nothing that a living owner has, no
   * detached container, and nothing that the driver did not make. Verb "sweep".
   */
  sweep(): Promise<SweepReport>
}
