import type { Command, ProcessSpec, Resources } from '../command/command.js'
import { ExecdError } from '../errors/execd-error.js'
import { sleep } from '../util/deadline.js'
import { type DriverCapabilities, OPTIONAL_VERBS } from './capabilities.js'
import type {
  ContainerInfo,
  DriverProcess,
  ExecOptions,
  ProcessIO,
  RunOptions,
  Target,
  TerminalSize,
} from './driver.js'
import { DRIVER_API_VERSION } from './driver.js'
import { DriverBase } from './driver-base.js'
import { fieldKeys } from './field-keys.js'
import { NoopProcess, type Pretence } from './noop-process.js'
import { describeKept, type NoopKept, type NoopStore } from './noop-store.js'
import type { DriverPlugin } from './plugin.js'
import type { ProbeReport } from './probe.js'
import type { DetachedContainer, Recovered, SweepReport } from './recovery.js'
import type { Stats } from './stats.js'

/** First pretended process id: above PID_MAX_LIMIT of Linux (2^22), so that none is ever a real one. */
const FIRST_PID = 2 ** 22 + 1
const SIGKILL = 9

/** What the driver keeps of a container. */
interface NoopContainer {
  readonly command: Command
  readonly io: ProcessIO
  readonly startedAt: number
  readonly process: NoopProcess
  readonly execs: Map<string, NoopProcess>
  readonly execLimits: WeakMap<NoopProcess, Resources>
  readonly pid: number
  readonly detached: boolean
  paused: boolean
  limits: Resources
  size: TerminalSize | null
}

/** Options of the no-op driver. */
export interface NoopOptions {
  /** What processes do, or what one does by its command line. Default: end at once with 0. */
  readonly pretend?: Pretence | ((process: ProcessSpec, target: Target) => Pretence)
  /** Where detached containers are; another driver with the same store recovers those that a disposed one had. Default: a store of its own. */
  readonly store?: NoopStore
  /** Laid over the capabilities, which are all. */
  readonly capabilities?: Partial<DriverCapabilities>
}

/**
 * A driver that executes nothing and isolates nothing: processes are pretended, with real streams, times and signals. A sample to read for authors, and a
 * double for tests of what uses a runtime.
 */
export class NoopDriver extends DriverBase<NoopContainer> {
  readonly name = 'noop'
  readonly #options: NoopOptions
  readonly #store: NoopStore
  readonly #starting = new Map<string, AbortController>()
  #nextPid = FIRST_PID

  constructor(options: NoopOptions = {}) {
    super()
    this.#options = options
    this.#store = options.store ?? new Map()
  }

  async capabilities(): Promise<DriverCapabilities> {
    const { fields, verbs, ...rest } = this.#options.capabilities ?? {}
    const all = <Key extends string>(keys: readonly Key[]) =>
      Object.fromEntries(keys.map((key) => [key, true as const]))
    return {
      ...rest,
      fields: { ...all(fieldKeys()), ...fields },
      verbs: { ...all(OPTIONAL_VERBS), ...verbs },
    }
  }

  async probe(): Promise<ProbeReport> {
    const checks = [
      { name: 'node', status: 'ok', required: true, reason: `Node.js ${process.version}` },
    ] as const
    return { driver: this.name, usable: true, checks, facts: { isolation: 'none' } }
  }

  async run(command: Command, options: RunOptions): Promise<DriverProcess> {
    const { id } = command
    const pid = this.#nextPid++
    const pretence = this.#pretence(command.process, { id })
    await this.#begin(id, pretence, () => options.callbacks.prestart?.({ id, status: 'creating', pid }))
    const process = new NoopProcess(pid, options.io, pretence)
    const { io, detached } = options
    this.#hold({ command, io, process, detached, startedAt: Date.now(), paused: false })
    for (let count = pretence.oomEvents ?? 0; count > 0; count--) options.callbacks.oom()
    return process
  }

  override async exec(
    id: string,
    execId: string,
    spec: ProcessSpec,
    options: ExecOptions,
  ): Promise<DriverProcess> {
    const container = this.find(id)
    const pretence = this.#pretence(spec, { id, exec: execId })
    await this.#begin(execId, pretence, () => undefined)
    this.find(id)
    const process = new NoopProcess(this.#nextPid++, options.io, pretence)
    container.execs.set(execId, process)
    if (options.resources !== null) container.execLimits.set(process, options.resources)
    void process.exited.then(() => container.execs.delete(execId))
    for (let count = pretence.oomEvents ?? 0; count > 0; count--) options.oom()
    return process
  }

  async kill(target: Target, signal: number): Promise<void> {
    if (target.exec !== undefined) this.#starting.get(target.exec)?.abort()
    this.#find(target).deliver(signal)
  }

  override async pause(id: string): Promise<void> {
    const container = this.find(id)
    container.paused = true
    for (const process of processes(container)) process.freeze()
  }

  override async unpause(id: string): Promise<void> {
    const container = this.find(id)
    container.paused = false
    for (const process of processes(container)) process.thaw()
  }

  async getPids(id: string): Promise<number[]> {
    return processes(this.find(id)).map(({ pid }) => pid)
  }

  override async stats(target: Target): Promise<Stats> {
    const process = this.#find(target)
    const container = this.find(target.id)
    const limits = target.exec === undefined ? container.limits : container.execLimits.get(process)
    const pids = {
      current: target.exec === undefined ? processes(container).length : 1,
      peak: null,
      limit: limits?.pids.limit ?? null,
    }
    return { time: Date.now(), memory: null, cpu: null, pids, blockIO: null, network: null }
  }

  override async update(id: string, resources: Resources): Promise<void> {
    const container = this.find(id)
    container.limits = {
      ...container.limits,
      pids: { limit: resources.pids.limit ?? container.limits.pids.limit },
    }
  }

  override async resize(target: Target, size: TerminalSize): Promise<void> {
    this.#find(target)
    this.find(target.id).size = size
  }

  async terminate(id: string): Promise<void> {
    this.#starting.get(id)?.abort()
    const container = this.active.get(id)
    if (container === undefined) return
    const all = processes(container)
    for (const process of all) process.deliver(SIGKILL)
    await Promise.all(all.map(({ exited }) => exited))
  }

  override async info(id: string): Promise<ContainerInfo | null> {
    const found = this.active.get(id)
    if (found === undefined) return null
    const { pid, paused, size, limits } = found
    const details = {
      terminal: size === null ? 'unchanged' : `${size.width}x${size.height}`,
      pids: String(limits.pids.limit),
    }
    return { id, status: paused ? 'paused' : 'running', pid, details }
  }

  override async detached(): Promise<DetachedContainer[]> {
    return [...this.#store].map(([id, kept]) => describeKept(id, kept, this.active.get(id)?.paused))
  }

  override async recover(ids?: readonly string[]): Promise<Recovered[]> {
    const free = [...this.#store].filter(
      ([id, { owner }]) => owner === null && (ids === undefined || ids.includes(id)),
    )
    return free.map(([, kept]) => {
      const { command, io, process, startedAt, paused } = kept
      this.#hold({ command, io, process, startedAt, paused, detached: true })
      return { command, io, process, startedAt, paused }
    })
  }

  /** Nothing outlives this process. */
  override async sweep(): Promise<SweepReport> {
    return { removed: [], problems: [] }
  }

  override async clean(id: string): Promise<void> {
    this.#store.delete(id)
  }

  override async [Symbol.asyncDispose](): Promise<void> {
    await super[Symbol.asyncDispose]()
    for (const [id, { paused }] of this.active) {
      const kept = this.#store.get(id)
      if (kept !== undefined) this.#store.set(id, { ...kept, paused, owner: null })
    }
    this.active.clear()
  }

  #pretence(process: ProcessSpec, target: Target): Pretence {
    const { pretend = {} } = this.#options
    return typeof pretend === 'function' ? pretend(process, target) : pretend
  }

  /** A start of the pretended length, which `terminate` and `kill` give up. */
  async #begin(
    key: string,
    { startDelay = 0, startError }: Pretence,
    prestart: () => unknown,
  ): Promise<void> {
    const gaveUp = new AbortController()
    this.#starting.set(key, gaveUp)
    try {
      if (startDelay > 0) await sleep(startDelay, gaveUp.signal)
      await prestart()
      if (startError !== undefined) throw startError
      if (gaveUp.signal.aborted)
        throw new ExecdError('EXECD_START_FAILED', `the start of ${key} was given up`)
    } finally {
      this.#starting.delete(key)
    }
  }

  #hold(held: Omit<NoopKept, 'owner'> & { readonly detached: boolean }): void {
    const { command, io, process, startedAt, detached } = held
    const { id, resources: limits } = command
    if (detached) this.#store.set(id, { ...held, owner: this })
    if (!process.alive) return
    const rest = {
      execs: new Map(),
      execLimits: new WeakMap(),
      pid: process.pid,
      detached,
      paused: held.paused,
      limits,
      size: null,
    }
    this.active.set(id, { command, io, startedAt, process, ...rest })
    void process.exited.then(() => {
      for (const exec of this.active.get(id)?.execs.values() ?? []) exec.deliver(SIGKILL)
      this.active.delete(id)
    })
  }

  #find({ id, exec }: Target): NoopProcess {
    const container = this.find(id)
    const found = exec === undefined ? container.process : container.execs.get(exec)
    if (found?.alive) return found
    throw new ExecdError('EXECD_NOT_RUNNING', `${exec ?? id} has ended`, {
      details: { driver: this.name, container: id },
    })
  }
}

function processes({ process, execs }: NoopContainer): NoopProcess[] {
  return [process, ...execs.values()].filter(({ alive }) => alive)
}

/** The no-op driver as a plugin. Not registered by name: `createRuntime({ driver: noopDriver, driverOptions })`. */
export const noopDriver: DriverPlugin<NoopOptions> = {
  name: 'noop',
  apiVersion: DRIVER_API_VERSION,
  create: (options) => new NoopDriver(options),
}
