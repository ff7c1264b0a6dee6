import type { Readable, Writable } from 'node:stream'
import type { DriverProcess, ExitStatus } from '@execd/core/driver'
import type { CgroupPaths } from '@execd/linux/cgroup'
import type { ProcessIdentity } from '@execd/linux/proc'
import type { RunningTool } from '../commands/run.js'
import { ChildSignals } from './signal-child.js'

const SIGKILL = 9

/** What a running process is made from. */
export interface ToolProcessParts {
  /** lxc-start or lxc-attach. */
  readonly tool: RunningTool
  /** The process in the container. */
  readonly child: ProcessIdentity
  readonly stdin: Writable | null
  readonly stdout: Readable | null
  readonly stderr: Readable | null
  readonly exited: Promise<ExitStatus>
}

/** A process in a container, behind the tool of LXC that waits for it. */
export class ToolProcess implements DriverProcess {
  readonly pid: number
  readonly stdin: Writable | null
  readonly stdout: Readable | null
  readonly stderr: Readable | null
  readonly exited: Promise<ExitStatus>
  readonly #parts: ToolProcessParts
  readonly #signals = new ChildSignals()
  readonly #sent: Set<number>

  /** Groups of its own; those of a container's first process are the container's. */
  readonly groups: CgroupPaths

  /** `sent` collects the signals that were sent from here. */
  constructor(parts: ToolProcessParts, sent: Set<number>, groups: CgroupPaths) {
    this.groups = groups
    this.pid = parts.child.pid
    this.stdin = parts.stdin
    this.stdout = parts.stdout
    this.stderr = parts.stderr
    this.exited = parts.exited
    this.#parts = parts
    this.#sent = sent
  }

  /** Sends a signal to the process. Rejects with EXECD_NOT_RUNNING when it has ended. */
  async kill(signal: number): Promise<void> {
    await this.#signals.send(this.#parts.tool, this.#parts.child, signal)
    this.#sent.add(signal)
  }

  /** SIGKILL; no error when it has ended. Resolves when everything of it is gone. */
  async killAll(): Promise<void> {
    try {
      await this.kill(SIGKILL)
    } catch {
      // has ended
    }
  }
}
