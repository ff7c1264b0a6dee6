import type { Command, ProcessSpec, Resources } from '../command/command.js'
import { ExecdError } from '../errors/execd-error.js'
import { sleep } from '../util/deadline.js'
import { type DriverCapabilities, OPTIONAL_VERBS } from './capabilities.js'
import type { ContainerInfo, DriverProcess, Recovered, RunOptions, Target, TerminalSize } from './driver.js'
import { DRIVER_API_VERSION } from './driver.js'
import { DriverBase } from './driver-base.js'
import { fieldKeys } from './field-keys.js'
import { NoopProcess, type Pretence } from './noop-process.js'
import type { DriverPlugin } from './plugin.js'
import type { ProbeReport } from './probe.js'
import type { Stats } from './stats.js'

/** First pretended process id: above PID_MAX_LIMIT of Linux (2^22), so that none is ever a real one. */
const FIRST_PID = 2 ** 22 + 1
const SIGKILL = 9

/** What the driver keeps of a container. */
interface NoopContainer {
  readonly command: Command
  readonly process: NoopProcess
  readonly execs: Map<string, NoopProcess>
  readonly pid: number
  readonly detached: boolean
  paused: boolean
  limits: Resources
  size: TerminalSize | null
}

/** Detached containers that no driver owns. */
export type NoopStore = Map<string, { readonly command: Command; readonly process: NoopProcess }>

/** Options of the no-op driver. */
export interface NoopOptions {
  /** What processes do, or what one does by its command line. Default: end at once with 0. */
  readonly pretend?: Pretence | ((process: ProcessSpec, target: Target) => Pretence)
  /** Where detached containers are left when the driver is disposed; another driver with the same store recovers them. */
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
    this.#hold({ command, process, detached: options.detached })
    for (let count = pretence.oomEvents ?? 0; count > 0; count--) options.callbacks.oom()
    return process
  }

  override async exec(
    id: string,
    execId: string,
    spec: ProcessSpec,
    options: Pick<RunOptions, 'io'>,
  ): Promise<DriverProcess> {
    const container = this.find(id)
    const pretence = this.#pretence(spec, { id, exec: execId })
    await this.#begin(execId, pretence, () => undefined)
    this.find(id)
    const process = new NoopProcess(this.#nextPid++, options.io, pretence)
    container.execs.set(execId, process)
    void process.exited.then(() => container.execs.delete(execId))
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
    this.#find(target)
    const container = this.find(target.id)
    const pids = {
      current: target.exec === undefined ? processes(container).length : 1,
      peak: null,
      limit: container.limits.pids.limit,
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

  override async recover(): Promise<Recovered[]> {
    const found = [...this.#store.values()]
    this.#store.clear()
    for (const { command, process } of found)
      if (process.alive) this.#hold({ command, process, detached: true })
    return found
  }

  override async [Symbol.asyncDispose](): Promise<void> {
    await super[Symbol.asyncDispose]()
    for (const [id, { command, process }] of this.active) this.#store.set(id, { command, process })
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

  #hold({ command, process, detached }: { command: Command; process: NoopProcess; detached: boolean }): void {
    const { pid } = process
    const limits = command.resources
    this.active.set(command.id, {
      command,
      process,
      execs: new Map(),
      pid,
      detached,
      paused: false,
      limits,
      size: null,
    })
    void process.exited.then(() => {
      for (const exec of this.active.get(command.id)?.execs.values() ?? []) exec.deliver(SIGKILL)
      this.active.delete(command.id)
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
