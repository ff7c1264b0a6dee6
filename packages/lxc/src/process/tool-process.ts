import type { Readable, Writable } from 'node:stream'
import type { DriverProcess, ExitStatus, TerminalSize } from '@execd/core/driver'
import type { CgroupPaths } from '@execd/linux/cgroup'
import { lxcError } from '../errors.js'
import type { PreparedStdio } from '../io/stdio.js'
import { SignalQueue } from './signal-chain.js'

const SIGKILL = 9

/** What a running process is made from. */
export interface ToolProcessParts {
  readonly pid: number
  /** Sends it a signal. Rejects with EXECD_NOT_RUNNING when it has ended. */
  readonly signal: (signal: number) => Promise<void>
  /** Tells the tool that its terminal has another size. */
  readonly resized: () => void
  readonly stdio: Pick<PreparedStdio, 'stdin' | 'stdout' | 'stderr' | 'terminal'>
  readonly exited: Promise<ExitStatus>
  /** Collects the signals that were sent from here. */
  readonly sent: Set<number>
  /** Groups of its own; those of a container's first process are the container's. */
  readonly groups: CgroupPaths
}

/** A process in a container, behind the tool of LXC that waits for it. */
export class ToolProcess implements DriverProcess {
  readonly pid: number
  readonly stdin: Writable | null
  readonly stdout: Readable | null
  readonly stderr: Readable | null
  readonly exited: Promise<ExitStatus>
  readonly groups: CgroupPaths
  readonly #parts: ToolProcessParts
  readonly #signals = new SignalQueue()

  constructor(parts: ToolProcessParts) {
    const { pid, stdio, exited, groups } = parts
    this.pid = pid
    this.stdin = stdio.stdin
    this.stdout = stdio.stdout
    this.stderr = stdio.stderr
    this.exited = exited
    this.groups = groups
    this.#parts = parts
  }

  /** Sends a signal to the process. Rejects with EXECD_NOT_RUNNING when it has ended. */
  async kill(signal: number): Promise<void> {
    await this.#signals.add(() => this.#parts.signal(signal))
    this.#parts.sent.add(signal)
  }

  /** SIGKILL; no error when it has ended. */
  async killAll(): Promise<void> {
    try {
      await this.kill(SIGKILL)
    } catch {
      // has ended
    }
  }

  /** Sets the size of its terminal. Rejects with EXECD_INVALID_STATE without one, EXECD_NOT_RUNNING when it has ended. */
  async resize(size: TerminalSize): Promise<void> {
    const { stdio, resized } = this.#parts
    if (stdio.terminal === null)
      throw lxcError('EXECD_INVALID_STATE', 'the process has no terminal', {
        hint: 'start it with `process.terminal: true`',
      })
    await stdio.terminal.resize(size)
    resized()
  }
}
