import type {
  Command,
  CommandInput,
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
import { nativeCapabilities } from './host/capabilities.js'
import { type Host, readHost } from './host/host.js'
import { nativeProbe } from './host/probe.js'
import { locateInit, readInit, sealInit } from './init/image.js'
import { checkOptions, type NativeOptions, poolOptions } from './options.js'
import { Pool, type PoolStatus } from './pool/pool.js'
import { Prepared } from './pool/prepared.js'
import type { Shape } from './pool/shape.js'
import type { Starter } from './process/running-process.js'
import { DriverState } from './state/driver-state.js'
import { sweep } from './sweep/sweep.js'
import { linuxSyscalls } from './sys/linux.js'
import type { Syscalls } from './sys/syscalls.js'
import { cleanUpLost } from './verbs/clean-up-lost.js'
import type { DriverContext } from './verbs/context.js'
import { getPids, info, kill, pause, resize, terminate, unpause } from './verbs/control.js'
import { exec } from './verbs/exec.js'
import { prepare } from './verbs/prepare.js'
import { clean, detached, recover } from './verbs/recover.js'
import { stats, update } from './verbs/resources.js'
import { run } from './verbs/run.js'
import { StartTemplates } from './verbs/start-template.js'

/** Containers by namespaces, cgroups and seccomp, without a daemon. Made by `native()`. */
export class NativeDriver implements Driver {
  readonly name = 'native'
  readonly #options: NativeOptions
  readonly #context: DriverContext
  #host: Promise<Host> | null = null
  #starter: Promise<Starter> | null = null
  #sys: Syscalls | null = null
  #swept: Promise<SweepReport | null> | null = null
  readonly #closing = new AbortController()

  constructor(options: unknown) {
    this.#options = checkOptions(options)
    const pool = poolOptions(this.#options)
    this.#context = {
      containers: new Map(),
      host: () => this.#readHost(),
      starter: () => this.#makeStarter(),
      templates: new StartTemplates(),
      state: new DriverState(this.#options.stateDir ?? null, () => this.#syscalls()),
      ended: new Map(),
      pool: pool === null ? null : new Pool(pool, (shape) => this.#prepare(shape)),
    }
  }

  #readHost(): Promise<Host> {
    const host = this.#host ?? readHost(this.#options.cgroupParent ?? null)
    this.#host = host
    host.catch(() => {
      this.#host = null // looked at again with the next call
    })
    return host
  }

  #makeStarter(): Promise<Starter> {
    const starter = this.#starter ?? this.#loadStarter()
    this.#starter = starter
    starter.catch(() => {
      this.#starter = null
    })
    return starter
  }

  #syscalls(): Syscalls {
    this.#sys ??= linuxSyscalls()
    return this.#sys
  }

  async #loadStarter(): Promise<Starter> {
    const program = await readInit(locateInit(this.#options.initPath ?? null))
    const sys = this.#syscalls()
    return { sys, program: sealInit(sys, program) }
  }

  async #prepare(shape: Shape): Promise<Prepared | null> {
    return Prepared.make(shape, await this.#makeStarter(), (groups) => cleanUpLost(groups, null))
  }

  /**
   * Prepares containers for this command, and for those that differ from it in id, labels, arguments and environment only, before the first start. Resolves when they are ready.
   *
   * @throws ExecdError EXECD_INVALID_COMMAND; EXECD_UNSUPPORTED for a command that no container can be prepared for, and without the option `pool`.
   */
  async prepare(command: CommandInput): Promise<void> {
    await prepare(this.#context, command)
  }

  /** What the pool holds; zeros without one. */
  get pool(): PoolStatus {
    return this.#context.pool?.status ?? { ready: 0, preparing: 0 }
  }

  async capabilities(): Promise<DriverCapabilities> {
    return nativeCapabilities(await this.#readHost())
  }

  async probe(): Promise<ProbeReport> {
    return nativeProbe(
      await this.#readHost(),
      async () => readInit(locateInit(this.#options.initPath ?? null)),
      () => this.#context.state.root.path,
    )
  }

  async run(command: Command, options: RunOptions): Promise<DriverProcess> {
    const process = await run(this.#context, command, options)
    // what dead owners left is taken away beside the first container, not before it; where that fails a caller who asks is told
    this.#swept ??= this.sweep().catch(() => null)
    return process
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

  async clean(id: string): Promise<void> {
    clean(this.#context, id)
  }

  async info(id: string): Promise<ContainerInfo | null> {
    return info(this.#context, id)
  }

  detached(): Promise<DetachedContainer[]> {
    return detached(this.#context)
  }

  recover(ids?: readonly string[]): Promise<Recovered[]> {
    return recover(this.#context, ids)
  }

  async sweep(): Promise<SweepReport> {
    const { cgroups } = await this.#readHost()
    return sweep({ state: this.#context.state, cgroups, signal: this.#closing.signal })
  }

  /** Ends every container but those that are to outlive it, which it gives out of hand, and lets the helper's memory go. */
  async [Symbol.asyncDispose](): Promise<void> {
    const { containers, state } = this.#context
    const all = [...containers.values()]
    await Promise.all(
      all
        .filter(({ folder, process }) => folder === null || process === null)
        .map(({ command }) => this.terminate(command.id)),
    )
    await this.#context.pool?.close()
    this.#closing.abort()
    await this.#swept
    letGo(this.#context)
    state.close()
    const starter = await this.#starter?.catch(() => null)
    this.#starter = null
    if (starter != null) starter.sys.close(starter.program)
  }
}

/** Detached containers go on without this driver. */
function letGo({ containers, ended }: DriverContext): void {
  for (const { folder, process } of containers.values()) {
    process?.release()
    folder?.close()
  }
  for (const folder of ended.values()) folder.close()
  containers.clear()
  ended.clear()
}
