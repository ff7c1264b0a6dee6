import { randomBytes } from 'node:crypto'
import { closeSync, mkdirSync, rmdirSync, rmSync } from 'node:fs'
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
import { lxcCapabilities } from './capabilities.js'
import { ToolRunner } from './commands/run.js'
import { fileError, lxcError, unsupported } from './errors.js'
import { Guard } from './guard.js'
import { groupsBelowInit } from './host/cgroups.js'
import { type Host, readHost, readVersion } from './host/host.js'
import { removeRunDirs } from './host/run-dir.js'
import { FifoStock } from './io/fifo-stock.js'
import { StatusPipe } from './io/status-pipe.js'
import { StdinStock } from './io/stdin-stock.js'
import { checkOptions } from './options.js'
import { lxcProbe } from './probe.js'
import type { DriverContext } from './verbs/context.js'
import { getPids, info, kill, pause, resize, terminate, unpause } from './verbs/control.js'
import { exec } from './verbs/exec.js'
import { stats, update } from './verbs/resources.js'
import { run } from './verbs/run.js'

/** What the first container was preceded by. */
interface Prepared {
  readonly guard: Guard
  readonly statuses: StatusPipe
}

/** Containers by the tools of LXC. Made by `lxc()`. */
export class LxcDriver implements Driver {
  readonly name = 'lxc'
  readonly #context: DriverContext
  #host: Promise<Host> | null = null
  #ready: Promise<Prepared> | null = null

  constructor(options?: unknown) {
    const checked = checkOptions(options)
    const tools = new ToolRunner(checked.toolPath)
    const dir = `${checked.stateDir}/${process.pid}-${randomBytes(6).toString('hex')}`
    this.#context = {
      options: checked,
      tools,
      state: { dir, rootMount: `${dir}/.root`, seccomp: `${dir}/.seccomp` },
      fifos: new FifoStock(tools, `${dir}/.fifos`),
      stdins: new StdinStock(tools),
      containers: new Map(),
      policies: new Map(),
      host: () => this.#readHost(),
      ready: () => this.#makeReady(),
    }
  }

  #readHost(): Promise<Host> {
    this.#host ??= readHost(this.#context.tools)
    return this.#host
  }

  async #makeReady(): Promise<StatusPipe> {
    this.#ready ??= this.#prepare()
    try {
      const { guard, statuses } = await this.#ready
      await guard.start()
      return statuses
    } catch (error) {
      this.#ready = null // tried again with the next container
      throw error
    }
  }

  async #prepare(): Promise<Prepared> {
    const { tools, state, options } = this.#context
    const host = await this.#readHost()
    if (!host.root)
      throw lxcError('EXECD_PERMISSION', 'this version of the driver runs no unprivileged containers', {
        hint: 'run as root, or use the native driver, which runs containers as an ordinary user',
      })
    await readVersion(tools)
    try {
      mkdirSync(options.stateDir, { recursive: true, mode: 0o711 })
      for (const path of [state.dir, state.rootMount, state.seccomp])
        mkdirSync(path, { recursive: true, mode: 0o711 })
    } catch (error) {
      throw fileError('EXECD_START_FAILED', `make the state folder ${state.dir}`, error)
    }
    const roots = [...Object.values(groupsBelowInit(host.layout, '').dirs)].map((path) =>
      path.replace(/\/$/, ''),
    )
    const guard = new Guard(tools, {
      stateDir: state.dir,
      cgroupRoots: [...new Set(roots)],
      parent: options.cgroupParent.slice(1),
    })
    return { guard, statuses: await StatusPipe.open(tools, state.dir) }
  }

  async capabilities(): Promise<DriverCapabilities> {
    return lxcCapabilities(await this.#readHost())
  }

  async probe(): Promise<ProbeReport> {
    const { tools, options } = this.#context
    return lxcProbe(await readHost(tools), tools, options.stateDir)
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

  async detached(): Promise<DetachedContainer[]> {
    throw unsupported('recover', 'this version of the driver has no detached containers')
  }

  async sweep(): Promise<SweepReport> {
    throw unsupported('sweep', 'this version of the driver does not sweep')
  }

  async recover(): Promise<Recovered[]> {
    throw unsupported('recover', 'this version of the driver has no detached containers')
  }

  /** Ends every container and removes the driver's state. */
  async [Symbol.asyncDispose](): Promise<void> {
    const { containers, state, options } = this.#context
    await Promise.all([...containers.keys()].map((id) => this.terminate(id)))
    await this.#context.fifos.settle()
    for (const fd of await this.#context.stdins.drain()) closeSync(fd)
    const prepared = await this.#ready?.catch(() => null)
    this.#ready = null
    if (prepared == null) return
    prepared.statuses.close()
    await prepared.guard.close()
    rmSync(state.dir, { recursive: true, force: true })
    removeRunDirs(state.dir)
    // shared with other owners: only when they are empty
    const { layout } = await this.#readHost()
    const parent = options.cgroupParent.slice(1)
    for (const path of ['.monitor', '.pivot/lxc.pivot', '.pivot', ''])
      for (const dir of Object.values(groupsBelowInit(layout, `${parent}/${path}`).dirs)) removeIfEmpty(dir)
    removeIfEmpty(options.stateDir)
  }
}

function removeIfEmpty(dir: string): void {
  try {
    rmdirSync(dir)
  } catch {
    // in use, or never made
  }
}
