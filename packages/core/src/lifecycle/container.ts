import type { Command, ProcessInput, ResourcesInput } from '../command/command.js'
import { mergeResources } from '../command/merge-resources.js'
import { newId, resolveProcess, resolveResources } from '../command/resolve.js'
import { checkProcess, checkResources } from '../contract/check-capabilities.js'
import type { ContainerInfo, ProcessIO } from '../contract/driver.js'
import { Queue } from '../util/settle.js'
import { Execution } from './execution.js'
import { launch } from './launch.js'
import { Life } from './life.js'
import { LiveProcess } from './live-process.js'
import { OomRelay } from './oom-relay.js'
import type { ExecOptions } from './options.js'
import { parseExecOptions } from './parse-options.js'
import type { ContainerStatus } from './state.js'
import { resolveStdio, rotates } from './stdio.js'
import { Stopper } from './stopper.js'
import type { Verdict } from './verdict.js'

const SIGKILL = 9

/** What listeners of a container are called with. */
export interface ContainerEvents {
  pause: []
  unpause: []
  /** The kernel killed something for want of memory. Only from drivers that can tell while it runs. */
  oom: []
  /** A process was started by `exec`. */
  exec: [execution: Execution]
  /** The first process and everything in the container is gone, hooks and cleaning done. */
  exit: [verdict: Verdict]
}

/** What a container is from its start. */
export interface Beginning {
  readonly command: Command
  readonly io: ProcessIO
  readonly oom: OomRelay
  readonly startedAt: number
}

/** A live container: the handle of its first process and of all that is in it. */
export class Container extends LiveProcess<ContainerEvents> implements AsyncDisposable {
  readonly #life: Life
  readonly #queue = new Queue()
  /** Where its descriptors go; an output file can be read with `readOutput`. */
  readonly io: ProcessIO
  /** When the command started, in milliseconds since 1970. */
  readonly startedAt: number
  #command: Command

  constructor(life: Life, { command, io, oom, startedAt }: Beginning) {
    super(life, command.process.terminal)
    this.#life = life
    this.io = io
    this.startedAt = startedAt
    this.#command = command
    oom.connect(() => this.emit('oom'))
    life.ended.then(
      (verdict) => this.emit('exit', verdict),
      () => {},
    )
  }

  get id(): string {
    return this.#command.id
  }

  /** The command as it runs: with every default, without what was skipped, with the limits of the last `update`. Frozen. */
  get command(): Command {
    return this.#command
  }

  get status(): ContainerStatus {
    return this.#life.status
  }

  /**
   * Starts one more process in the container. State "running"; else EXECD_INVALID_STATE, or EXECD_NOT_RUNNING. Rejects when it could not start, leaving
   * nothing behind; with EXECD_UNSUPPORTED for limits or a rotated file that the driver cannot do.
   */
  async exec(process: ProcessInput, options?: ExecOptions): Promise<Execution> {
    const plan = parseExecOptions(options)
    const wanted = resolveProcess(process)
    this.#life.check('exec')
    const { driver } = this.#life.parts
    await driver.ensure('exec')
    const asked = { ...this.#command, process: wanted }
    const { command, skipped } = checkProcess(asked, await driver.capabilities(), driver.name, plan.skip)
    const spec = command.process
    const io = resolveStdio(plan.stdio, { defaults: PIPES, terminal: spec.terminal, detached: false })
    if (rotates(io)) await driver.ensure('rotate')
    if (plan.resources !== null) {
      await driver.ensure('execResources')
      checkResources(plan.resources, await driver.capabilities(), driver.name)
    }
    const id = newId()
    const oom = new OomRelay()
    const target = { id: this.id, exec: id }
    const stopper = new Stopper()
    const kill = (): Promise<void> => driver.call('kill', target, SIGKILL)
    stopper.watch(plan.timeout, plan.signal)
    try {
      this.#life.check('exec')
      const started = await launch({
        what: `exec ${id} in container ${this.id}`,
        stopper,
        start: () =>
          driver.call('exec', this.id, id, spec, { io, resources: plan.resources, oom: oom.notify }),
        kill,
      })
      const finish = async () => ({ cleanup: [], hookErrors: [] })
      const life = new Life({ target, process: started, driver, stopper, plan, skipped, kill, finish })
      const execution = new Execution(life, spec, oom)
      this.emit('exec', execution)
      return execution
    } catch (error) {
      stopper.settle()
      throw error
    }
  }

  /** Freezes every process. State "running". Rejects with EXECD_TIMEOUT, thawed again, when the kernel does not manage it. */
  pause(): Promise<void> {
    return this.#queue.run(async () => {
      const { driver } = this.#life.parts
      this.#life.check('pause')
      await driver.ensure('pause')
      await driver.call('pause', this.id)
      this.#life.move('paused')
      this.emit('pause')
    })
  }

  /** Thaws every process. State "paused". */
  unpause(): Promise<void> {
    return this.#queue.run(async () => {
      this.#life.check('unpause')
      await this.#life.parts.driver.call('unpause', this.id)
      this.#life.move('unpaused')
      this.emit('unpause')
    })
  }

  /** Host process ids of everything in the container. EXECD_NOT_RUNNING after the end. */
  async pids(): Promise<number[]> {
    this.#life.check('getPids')
    return this.#life.parts.driver.call('getPids', this.id)
  }

  /** Changes limits, wholly or not at all; what is left out stays. States "running" and "paused". */
  update(resources: ResourcesInput): Promise<void> {
    return this.#queue.run(async () => {
      const wanted = resolveResources(resources)
      const { driver } = this.#life.parts
      this.#life.check('update')
      await driver.ensure('update')
      checkResources(wanted, await driver.capabilities(), driver.name)
      await driver.call('update', this.id, wanted)
      const merged = mergeResources(this.#command.resources, wanted)
      this.#command = Object.freeze({ ...this.#command, resources: merged })
    })
  }

  /** What the driver knows of it, in words for people; null when it knows nothing any more. */
  info(): Promise<ContainerInfo | null> {
    return this.#life.parts.driver.call('info', this.id)
  }

  /** SIGKILL to everything in it, frozen or not; resolves with the verdict when all is gone. No error after the end. */
  terminate(): Promise<Verdict> {
    return this.#life.terminate()
  }

  /** As `terminate`. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.terminate()
  }
}

const PIPES = { stdin: 'pipe', stdout: 'pipe', stderr: 'pipe' } as const
