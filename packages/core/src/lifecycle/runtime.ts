import type { Command, CommandInput } from '../command/command.js'
import { resolveCommand } from '../command/resolve.js'
import type { DriverCapabilities } from '../contract/capabilities.js'
import { DRIVER_API_VERSION } from '../contract/driver.js'
import type { ProbeReport } from '../contract/probe.js'
import type { DetachedContainer, Recovered, SweepReport } from '../contract/recovery.js'
import { ExecdError } from '../errors/execd-error.js'
import { Emitter } from '../util/emitter.js'
import { type Collection, collect } from './collect.js'
import type { Container } from './container.js'
import { ContainerTable, type Entry } from './container-table.js'
import { adopt, createContainer, type Live } from './creation.js'
import type { Execution } from './execution.js'
import { HookRunner } from './hooks.js'
import type { ManagedDriver } from './managed-driver.js'
import { OomRelay } from './oom-relay.js'
import type { RecoverOptions, RunOptions, StartOptions } from './options.js'
import { parseRecoverOptions, parseRunOptions, parseStartOptions, type StartPlan } from './parse-options.js'
import type { StdioRules } from './stdio.js'
import { Stopper } from './stopper.js'
import type { RunResult, Verdict } from './verdict.js'

/** What listeners of a runtime are called with. Of one container: create, start, then the others, exit last. */
export interface RuntimeEvents {
  /** A command passed all checks and goes to the driver. */
  create: [command: Command]
  /** The command really runs. */
  start: [container: Container]
  pause: [container: Container]
  unpause: [container: Container]
  oom: [container: Container]
  exec: [container: Container, execution: Execution]
  exit: [container: Container, verdict: Verdict]
  /** A poststart or poststop hook of a container failed. */
  hookError: [id: string, error: ExecdError]
}

/** What a runtime is and holds. */
export interface RuntimeInfo {
  /** Name of the driver. */
  readonly driver: string
  /** Version of the driver contract. */
  readonly apiVersion: number
  readonly closed: boolean
  /** How many containers there are in each state. */
  readonly containers: Readonly<Record<'creating' | 'running' | 'paused' | 'stopping' | 'stopped', number>>
}

/** Runs containers through one driver. Made by `createRuntime`; several in one process do not disturb each other. */
export class Runtime extends Emitter<RuntimeEvents> implements AsyncDisposable {
  readonly #driver: ManagedDriver
  readonly #table = new ContainerTable()
  readonly #starts = new Set<Promise<unknown>>()
  #closing: Promise<void> | null = null

  constructor(driver: ManagedDriver) {
    super()
    this.#driver = driver
  }

  /**
   * Starts a command, feeds and collects, waits. Resolves with the verdict whenever the command ran, however it ended, when every descendant is gone; rejects
   * with an ExecdError only when it could not start, leaving nothing behind (or, rarely, when the driver could not kill it).
   */
  run(command: CommandInput, options?: RunOptions & { encoding?: 'utf8' }): Promise<RunResult<string>>
  run(command: CommandInput, options: RunOptions & { encoding: 'buffer' }): Promise<RunResult<Buffer>>
  run(command: CommandInput, options?: RunOptions): Promise<RunResult<string | Buffer>>
  async run(command: CommandInput, options?: RunOptions): Promise<RunResult<string | Buffer>> {
    const plan = parseRunOptions(options)
    const stdio = { stdin: plan.input === null ? 'ignore' : 'pipe', stdout: 'pipe', stderr: 'pipe' } as const
    let collection: Collection | undefined
    const { life } = await this.#start(command, plan, stdio, (live) => {
      collection = collect(live.process, plan, live.life.parts.stopper)
    })
    const verdict = await life.verdict
    return (collection as Collection).result(verdict)
  }

  /** Starts a command and gives the live container, poststart hooks done. Rejects as `run` does. */
  async start(command: CommandInput, options?: StartOptions): Promise<Container> {
    const plan = parseStartOptions(options)
    const way = plan.detached ? 'ignore' : 'pipe'
    const { container } = await this.#start(command, plan, { stdin: way, stdout: way, stderr: way }, () => {})
    return container
  }

  /** The live container of this id, or undefined. */
  get(id: string): Container | undefined {
    return this.#table.get(id)
  }

  /** The live containers of this runtime, oldest first. */
  list(): Container[] {
    return this.#table.live().map(({ container }) => container)
  }

  /** All detached containers on this host that the driver knows, owned or not, also those that ended and nobody asked for. Changes nothing. */
  async detached(): Promise<DetachedContainer[]> {
    this.#checkOpen()
    await this.#driver.ensure('recover')
    return this.#driver.call('detached')
  }

  /**
   * Detached containers that no living process owns, such as those of a run of this program before; with `ids` only these. This runtime owns them from now on,
   * until it is closed. What is not there, or owned by another process, is not in the answer: `detached` tells which.
   */
  async recover(options?: RecoverOptions): Promise<Container[]> {
    const { ids } = parseRecoverOptions(options)
    this.#checkOpen()
    await this.#driver.ensure('recover')
    const found = await this.#driver.call('recover', ids)
    this.#checkOpen()
    return found.map((recovered) => this.#adopt(recovered))
  }

  /** Removes what containers of dead owners left on this host. Touches no container of a living process and no detached one. */
  async sweep(): Promise<SweepReport> {
    this.#checkOpen()
    await this.#driver.ensure('sweep')
    return this.#driver.call('sweep')
  }

  /** What the driver can enforce on this host, by field and verb. */
  async capabilities(): Promise<DriverCapabilities> {
    this.#checkOpen()
    return this.#driver.capabilities()
  }

  /** What the host allows the driver to do, with reasons and hints. */
  async probe(): Promise<ProbeReport> {
    this.#checkOpen()
    return this.#driver.call('probe')
  }

  /** What this runtime is and holds. */
  info(): RuntimeInfo {
    const containers = {
      creating: this.#table.creating().length,
      running: 0,
      paused: 0,
      stopping: 0,
      stopped: 0,
    }
    for (const { container } of this.#table.live()) containers[container.status] += 1
    return {
      driver: this.#driver.name,
      apiVersion: DRIVER_API_VERSION,
      closed: this.#closing !== null,
      containers,
    }
  }

  /**
   * Terminates everything but detached containers, waits until it is gone, and disposes the driver. Runs under way resolve with reason "aborted"; starts under
   * way and calls from now on reject with EXECD_CLOSED. The same promise each time.
   */
  close(): Promise<void> {
    this.#closing ??= this.#shutDown()
    return this.#closing
  }

  /** As `close`. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.close()
  }

  async #start(
    input: CommandInput,
    plan: StartPlan,
    stdio: StdioRules['defaults'],
    onStarted: (live: Live) => void,
  ): Promise<Live> {
    this.#checkOpen()
    const command = resolveCommand(input)
    const { id } = command
    const stopper = new Stopper()
    this.#table.reserve(id, stopper)
    stopper.watch(plan.timeout, plan.signal)
    const creating = createContainer(command, {
      driver: this.#driver,
      stopper,
      plan,
      stdio,
      onCreate: (checked) => this.emit('create', checked),
      onLive: (live) => {
        onStarted(live)
        this.#enter(live)
      },
      onGone: () => this.#table.free(id),
      onHookError: (error) => this.emit('hookError', id, error),
    })
    this.#starts.add(creating)
    try {
      return await creating
    } catch (error) {
      stopper.settle()
      this.#table.free(id)
      throw error
    } finally {
      this.#starts.delete(creating)
    }
  }

  #adopt({ command, io, process, startedAt, paused }: Recovered): Container {
    const { id } = command
    const stopper = new Stopper()
    this.#table.reserve(id, stopper)
    const plan = parseStartOptions({ detached: true })
    const hooks = new HookRunner(
      command,
      {},
      () => stopper.signal,
      (error) => this.emit('hookError', id, error),
    )
    hooks.resume()
    const adoption = { command, io, process, hooks, oom: new OomRelay(), skipped: [], startedAt }
    const onLive = (live: Live): void => this.#enter(live)
    const onGone = (): void => this.#table.free(id)
    const { container, life } = adopt(adoption, { driver: this.#driver, stopper, plan, onLive, onGone })
    if (paused) life.move('paused')
    return container
  }

  /** Takes a container that runs into the table and passes its events on. */
  #enter(live: Live): void {
    const { container } = live
    this.#table.add(container.id, live)
    this.emit('start', container)
    for (const event of ['pause', 'unpause', 'oom'] as const)
      container.on(event, () => this.emit(event, container))
    container.on('exec', (execution) => this.emit('exec', container, execution))
    container.on('exit', (verdict) => this.emit('exit', container, verdict))
  }

  #checkOpen(): void {
    if (this.#closing !== null) throw closed()
  }

  async #shutDown(): Promise<void> {
    const reason = closed()
    for (const stopper of this.#table.creating()) stopper.stop('aborted', reason)
    const ends = this.#table.live().map((live) => this.#end(live, reason))
    await Promise.allSettled(this.#starts)
    // What was just being started may have come to life in the meantime.
    ends.push(...this.#table.live().map((live) => this.#end(live, reason)))
    const failed = (await Promise.allSettled(ends)).find(({ status }) => status === 'rejected')
    await this.#driver.dispose()
    if (failed?.status === 'rejected') throw failed.reason
  }

  async #end({ container, life, detached }: Entry, reason: ExecdError): Promise<void> {
    if (detached) {
      life.release(reason)
      this.#table.free(container.id)
    } else await life.terminate('aborted', reason)
  }
}

function closed(): ExecdError {
  return new ExecdError('EXECD_CLOSED', 'the runtime was closed')
}
