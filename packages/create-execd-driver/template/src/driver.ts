import {
  type Command,
  DriverBase,
  type DriverCapabilities,
  type DriverProcess,
  ExecdError,
  type ProbeReport,
  type RunOptions,
  type Target,
} from '@execd/core/driver'
import { capabilitiesOf } from './capabilities.js'
import { RunningContainer } from './container.js'
import { Keeper } from './keeper.js'
import type { Tools } from './launch.js'
import type { SampleOptions } from './options.js'
import { probe } from './probe.js'
import { checkStart } from './program.js'
import { findTools } from './tools.js'

/**
 * Runs each command with unshare(1) and nsenter(1) of util-linux: in a folder as its root, with PID, IPC, UTS, cgroup and mount namespaces of its own. Works as root
 * and, where user namespaces are allowed, as an ordinary user.
 *
 * TODO: replace the tools by what your driver is about; src/launch.ts, src/keeper.ts and src/container.ts are the files to begin with. Core has checked each command
 * against `capabilities()` before it comes here, and calls each method only in the states that its text in `Driver` names: check none of that again.
 */
export class SampleDriver extends DriverBase<RunningContainer> {
  readonly name = 'sample'
  readonly #tools: Partial<Tools>
  readonly #privileged = process.geteuid?.() === 0
  readonly #starting = new Map<string, AbortController>()

  constructor(options: SampleOptions = {}) {
    super()
    this.#tools = findTools(options)
  }

  async capabilities(): Promise<DriverCapabilities> {
    return capabilitiesOf(this.#privileged)
  }

  async probe(): Promise<ProbeReport> {
    return probe(this.#tools, this.#privileged)
  }

  async run(command: Command, options: RunOptions): Promise<DriverProcess> {
    const { id } = command
    if (this.active.has(id) || this.#starting.has(id)) {
      const details = { driver: this.name, container: id }
      throw new ExecdError('EXECD_ID_IN_USE', `container ${id} runs already`, { details })
    }
    const givenUp = new AbortController()
    this.#starting.set(id, givenUp)
    try {
      return this.#hold(id, await this.#start(command, options, givenUp.signal))
    } finally {
      this.#starting.delete(id)
    }
  }

  async kill({ id }: Target, signal: number): Promise<void> {
    if (this.find(id).kill(signal)) return
    const details = { driver: this.name, container: id }
    throw new ExecdError('EXECD_NOT_RUNNING', `container ${id} has ended`, { details })
  }

  async getPids(id: string): Promise<number[]> {
    return this.find(id).pids()
  }

  async terminate(id: string): Promise<void> {
    this.#starting.get(id)?.abort()
    await this.active.get(id)?.end()
  }

  // TODO: `exec` is what users will miss first: RunningContainer.start() does nearly all of it, with the keeper of a container that runs. What is missing is that an
  // exec is a process tree of its own: when its process ends, so must what that started. Declare it, and the kit's group "exec" says what is owed.

  /** Makes the namespaces, then runs the command in them. `signal` fires when the start is given up. */
  async #start(command: Command, options: RunOptions, signal: AbortSignal): Promise<RunningContainer> {
    const { io, callbacks } = options
    const { id } = command
    const { unshare, nsenter } = this.#tools
    if (unshare === undefined || nsenter === undefined)
      throw new ExecdError('EXECD_HELPER_MISSING', 'there is no unshare, or no nsenter, on PATH', {
        hint: 'install util-linux',
        details: { driver: this.name, container: id },
      })
    checkStart(command)
    const [tools, privileged] = [{ unshare, nsenter }, this.#privileged]
    const keeper = await Keeper.start(command, tools, privileged)
    try {
      await callbacks.prestart?.({ id, status: 'creating', pid: keeper.pid })
      signal.throwIfAborted()
      const container = await RunningContainer.start(keeper, { tools, privileged, command, io })
      signal.throwIfAborted()
      return container
    } catch (error) {
      await keeper.end()
      throw signal.aborted ? this.#givenUp(id) : error
    }
  }

  #givenUp(id: string): ExecdError {
    const details = { driver: this.name, container: id, step: 'start' }
    return new ExecdError('EXECD_START_FAILED', `the start of ${id} was given up`, { details })
  }

  /** In the table from the start until everything is gone. */
  #hold(id: string, container: RunningContainer): DriverProcess {
    this.active.set(id, container)
    const { pid, stdin, stdout, stderr } = container
    const exited = container.exited.then((status) => {
      this.active.delete(id)
      return status
    })
    return { pid, stdin, stdout, stderr, exited }
  }
}
