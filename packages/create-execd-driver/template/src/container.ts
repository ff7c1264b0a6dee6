import { type ChildProcess, spawn } from 'node:child_process'
import type { Readable, Writable } from 'node:stream'
import { setTimeout as sleep } from 'node:timers/promises'
import {
  type ActiveContainer,
  type Command,
  type DriverProcess,
  ExecdError,
  type ExitStatus,
  type ProcessIO,
} from '@execd/core/driver'
import type { Keeper } from './keeper.js'
import { enterArguments, environmentOf, type Tools } from './launch.js'
import { childOf, parentOf, programOf, together } from './processes.js'
import { type Kept, kept, openIO } from './stdio.js'

/** What a command is started with. */
export interface Start {
  readonly tools: Tools
  readonly privileged: boolean
  readonly command: Command
  readonly io: ProcessIO
}

/** A running container: its namespaces, and nsenter, which waits for the command and ends as that does. */
export class RunningContainer implements ActiveContainer, DriverProcess {
  readonly detached = false
  readonly stdin: Writable | null
  readonly stdout: Readable | null
  readonly stderr: Readable | null
  readonly exited: Promise<ExitStatus>
  readonly #keeper: Keeper
  readonly #child: ChildProcess
  readonly #errors: Kept | null
  #pid = 0

  private constructor(keeper: Keeper, child: ChildProcess) {
    const began = performance.now()
    this.#keeper = keeper
    this.#child = child
    this.#errors = kept(child.stderr)
    this.stdin = child.stdin
    this.stdout = kept(child.stdout)?.stream ?? null
    this.stderr = this.#errors?.stream ?? null
    this.exited = new Promise((resolve) => {
      child.once('exit', async (exitCode, signal) => {
        const wall = performance.now() - began
        // Whatever the command left running ends with the namespaces.
        await keeper.end()
        resolve(statusOf(exitCode, signal, wall))
      })
    })
  }

  /** Process id of the command, on the host. */
  get pid(): number {
    return this.#pid
  }

  /**
   * Starts a command in the namespaces. Resolves when it runs; rejects when it could not be started.
   *
   * @throws ExecdError EXECD_START_FAILED with what the tools said
   */
  static async start(keeper: Keeper, { tools, privileged, command, io }: Start): Promise<RunningContainer> {
    const opened = openIO(io)
    try {
      const args = enterArguments(keeper.pid, command, tools.unshare, privileged)
      const env = environmentOf(command.process)
      // TODO: what this process itself inherited without close-on-exec, from a shell say, reaches the container: Node cannot close it in the child.
      const child = spawn(tools.nsenter, args, { stdio: opened.stdio, env, detached: true })
      await new Promise((resolve, reject) => child.once('spawn', resolve).once('error', reject))
      const container = new RunningContainer(keeper, child)
      await container.#started(command.id, tools)
      return container
    } finally {
      opened.close()
    }
  }

  /** Sends a signal to the command. Gives false when that has ended. */
  kill(signal: number): boolean {
    // As long as nsenter is its parent the id is not free to be that of another process.
    if (!this.#alive || parentOf(this.#pid) !== this.#child.pid) return false
    try {
      return process.kill(this.#pid, signal)
    } catch {
      return false
    }
  }

  /** Ends everything in the container; resolves when it is gone. */
  async end(): Promise<void> {
    await this.#keeper.end()
    await this.exited
  }

  pids(): number[] {
    return together(this.#keeper.pid).filter((pid) => pid !== this.#keeper.pid)
  }

  /** Whether nsenter has not been seen to end. */
  get #alive(): boolean {
    return this.#child.exitCode === null && this.#child.signalCode === null
  }

  async #started(id: string, { nsenter, unshare }: Tools): Promise<void> {
    while (this.#alive) {
      this.#pid ||= childOf(this.#child.pid ?? 0) ?? 0
      const program = this.#pid === 0 ? null : programOf(this.#pid)
      if (program !== null && program !== nsenter && program !== unshare) return
      await sleep(1)
    }
    // It has ended before it was seen to run: by itself, or because the tools could not start it, which they say on stderr.
    if (this.#child.exitCode === 0 || this.#child.signalCode !== null) return
    const text = (await this.#errors?.first) ?? ''
    if (!/^(nsenter|unshare): /.test(text)) return
    const details = { driver: 'sample', container: id, step: 'exec' }
    throw new ExecdError('EXECD_START_FAILED', text.trim(), { details })
  }
}

function statusOf(exitCode: number | null, signal: NodeJS.Signals | null, wall: number): ExitStatus {
  return {
    exitCode,
    signal,
    // TODO: null means "cannot tell". A driver with cgroups reports what the kernel counted.
    oom: null,
    usage: {
      wall,
      cpu: { user: null, system: null },
      memory: { peak: null, maxRss: null },
      pids: { peak: null, refused: null },
    },
    cleanup: [],
    lost: false,
  }
}
