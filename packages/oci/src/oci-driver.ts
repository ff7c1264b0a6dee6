import type {
  Command,
  ContainerInfo,
  DetachedContainer,
  Driver,
  DriverCapabilities,
  DriverProcess,
  ExecOptions,
  ProbeReport,
  ProcessSpec,
  Recovered,
  Resources,
  RunOptions,
  Stats,
  SweepReport,
  Target,
  TerminalSize,
} from '@execd/core/driver'
import { ociCapabilities } from './capabilities.js'
import { ociError } from './errors.js'
import { readHost } from './host/host.js'
import { keeperProgram } from './keeper/program.js'
import { checkOptions } from './options.js'
import { ociProbe } from './probe.js'
import { findRuntime } from './runtime/find-runtime.js'
import { StateFolder } from './state/folders.js'
import type { DriverContext, Ready } from './verbs/context.js'
import { getPids, info, kill, pause, resize, terminate, unpause } from './verbs/control.js'
import { exec } from './verbs/exec.js'
import { detached, recover } from './verbs/recover.js'
import { stats, update } from './verbs/resources.js'
import { run } from './verbs/run.js'
import { sweep } from './verbs/sweep.js'

/** Containers by an OCI runtime. Made by `oci()`. */
export class OciDriver implements Driver {
  readonly name = 'oci'
  readonly #context: DriverContext
  #ready: Promise<Ready> | null = null
  #swept: Promise<unknown> | null = null

  constructor(options?: unknown) {
    const checked = checkOptions(options)
    this.#context = {
      options: checked,
      state: new StateFolder(checked.stateDir),
      containers: new Map(),
      ready: () => this.#makeReady(),
    }
  }

  async #makeReady(): Promise<Ready> {
    this.#ready ??= this.#prepare()
    try {
      const ready = await this.#ready
      this.#swept ??= sweep(this.#context).catch(() => {}) // what is left is told by the verb
      await this.#swept
      return ready
    } catch (error) {
      this.#ready = null // tried again with the next container
      throw error
    }
  }

  async #prepare(): Promise<Ready> {
    const { options, state } = this.#context
    keeperProgram()
    const [host, runtime] = await Promise.all([readHost(options.cgroupParent), findRuntime(options)])
    if (!host.root)
      throw ociError(
        'EXECD_PERMISSION',
        'this version of the driver runs no containers of an ordinary user',
        {
          hint: 'run as root, or use the native driver, which runs containers as an ordinary user',
        },
      )
    state.make()
    return { host, runtime }
  }

  async capabilities(): Promise<DriverCapabilities> {
    const { options } = this.#context
    const kind = await findRuntime(options).then(
      (runtime) => runtime.kind,
      () => 'other' as const, // told when something is to run
    )
    return ociCapabilities(await readHost(options.cgroupParent), kind)
  }

  async probe(): Promise<ProbeReport> {
    const { options } = this.#context
    return ociProbe(await readHost(options.cgroupParent), options)
  }

  run(command: Command, options: RunOptions): Promise<DriverProcess> {
    return run(this.#context, command, options)
  }

  exec(id: string, execId: string, process: ProcessSpec, options: ExecOptions): Promise<DriverProcess> {
    return exec(this.#context, id, execId, process, options)
  }

  kill(target: Target, signal: number): Promise<void> {
    return kill(this.#context, target, signal)
  }

  pause(id: string): Promise<void> {
    return pause(this.#context, id)
  }

  unpause(id: string): Promise<void> {
    return unpause(this.#context, id)
  }

  getPids(id: string): Promise<number[]> {
    return getPids(this.#context, id)
  }

  stats(target: Target): Promise<Stats> {
    return stats(this.#context, target)
  }

  update(id: string, resources: Resources): Promise<void> {
    return update(this.#context, id, resources)
  }

  resize(target: Target, size: TerminalSize): Promise<void> {
    return resize(this.#context, target, size)
  }

  terminate(id: string): Promise<void> {
    return terminate(this.#context, id)
  }

  /** Nothing is kept of a stopped container. */
  async clean(): Promise<void> {}

  async info(id: string): Promise<ContainerInfo | null> {
    return info(this.#context, id)
  }

  detached(): Promise<DetachedContainer[]> {
    return detached(this.#context)
  }

  recover(ids?: readonly string[]): Promise<Recovered[]> {
    return recover(this.#context, ids)
  }

  sweep(): Promise<SweepReport> {
    return sweep(this.#context)
  }

  /** Ends every container that is not detached, lets go of the others, and removes the state folder if nothing is in it. */
  async [Symbol.asyncDispose](): Promise<void> {
    const all = [...this.#context.containers]
    await Promise.all(
      all.map(async ([id, { detached: stays, process }]) => {
        if (!stays || process === null) await this.terminate(id)
        else process.keeper.release()
      }),
    )
    this.#context.state.removeIfEmpty()
  }
}
