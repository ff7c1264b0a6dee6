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
  ProbeCheck,
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
import { fileError, lxcError } from './errors.js'
import { clearAway, Guard, type GuardedState } from './guard.js'
import { groupsBelowBase } from './host/cgroups.js'
import { type Host, readHost, readVersion } from './host/host.js'
import { rootlessChecks } from './host/rootless.js'
import { ownRuntime, removeRunDirs } from './host/run-dir.js'
import { FifoStock } from './io/fifo-stock.js'
import { StatusPipe } from './io/status-pipe.js'
import { StdinStock } from './io/stdin-stock.js'
import { homesFolder } from './kept/home.js'
import { giveUpOwnership, makeOwned, OwnerToken } from './kept/owner.js'
import { checkOptions } from './options.js'
import { lxcProbe } from './probe.js'
import type { DriverContext } from './verbs/context.js'
import { getPids, info, kill, pause, resize, terminate, unpause } from './verbs/control.js'
import { exec } from './verbs/exec.js'
import { detached, letGo, recover } from './verbs/recover.js'
import { stats, update } from './verbs/resources.js'
import { run } from './verbs/run.js'
import { sweep } from './verbs/sweep.js'

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
  #sweeping: Promise<unknown> | null = null

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
      beginnings: new Map(),
      policies: new Map(),
      owner: new OwnerToken(),
      ended: new Map(),
      clearAway: async (stateDir) => clearAway(tools, await this.#guarded(stateDir)),
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
    const missing = host.user === null ? undefined : firstMissing(rootlessChecks(host.user, host.layout))
    if (missing !== undefined)
      throw lxcError('EXECD_PERMISSION', `no containers for an ordinary user: ${missing.reason}`, {
        ...(missing.hint === undefined ? {} : { hint: missing.hint }),
        details: { step: missing.name },
      })
    await readVersion(tools)
    try {
      ownRuntime()
      mkdirSync(options.stateDir, { recursive: true, mode: 0o711 })
      makeOwned(state.dir, this.#context.owner)
      for (const path of [state.rootMount, state.seccomp]) mkdirSync(path, { recursive: true, mode: 0o711 })
    } catch (error) {
      throw fileError('EXECD_START_FAILED', `make the state folder ${state.dir}`, error)
    }
    const guard = new Guard(tools, await this.#guarded(state.dir))
    this.#sweeping ??= sweep(this.#context).catch(() => null) // what cannot be removed is no reason not to start
    return { guard, statuses: await StatusPipe.open(tools, state.dir) }
  }

  async #guarded(stateDir: string): Promise<GuardedState> {
    const { layout } = await this.#readHost()
    const roots = Object.values(groupsBelowBase(layout, '').dirs).map((path) => path.replace(/\/$/, ''))
    const parent = this.#context.options.cgroupParent.slice(1)
    return { stateDir, cgroupRoots: [...new Set(roots)], parent }
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

  /** Only of a detached container something is kept. */
  async clean(id: string): Promise<void> {
    const { ended } = this.#context
    ended.get(id)?.remove()
    ended.delete(id)
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

  sweep(): Promise<SweepReport> {
    return sweep(this.#context)
  }

  /** Ends every container but detached ones, which are given up, and removes the driver's state. */
  async [Symbol.asyncDispose](): Promise<void> {
    const { containers, state, options } = this.#context
    await Promise.all([...containers.values()].map((container) => letGo(this.#context, container)))
    for (const home of this.#context.ended.values()) giveUpOwnership(home.dir, this.#context.owner)
    await this.#sweeping
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
      for (const dir of Object.values(groupsBelowBase(layout, `${parent}/${path}`).dirs)) removeIfEmpty(dir)
    removeIfEmpty(homesFolder(options.stateDir))
    removeIfEmpty(options.stateDir)
  }
}

function firstMissing(checks: readonly ProbeCheck[]): ProbeCheck | undefined {
  return checks.find(({ status }) => status === 'missing')
}

function removeIfEmpty(dir: string): void {
  try {
    rmdirSync(dir)
  } catch {
    // in use, or never made
  }
}
