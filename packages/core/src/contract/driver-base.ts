import type { Command, ProcessSpec, Resources } from '../command/command.js'
import { ExecdError } from '../errors/execd-error.js'
import type { DriverCapabilities, OptionalVerb } from './capabilities.js'
import type {
  ContainerInfo,
  Driver,
  DriverProcess,
  ExecOptions,
  RunOptions,
  Target,
  TerminalSize,
} from './driver.js'
import type { ProbeReport } from './probe.js'
import type { DetachedContainer, Recovered, SweepReport } from './recovery.js'
import type { Stats } from './stats.js'

/** The least that a driver keeps of an active container. */
export interface ActiveContainer {
  /** Process id on the host. */
  readonly pid: number
  /** Goes on when the driver is disposed. */
  readonly detached: boolean
}

/**
 * A driver with the table of its active containers, where every optional verb is refused with EXECD_UNSUPPORTED until it is overridden (and declared in
 * `capabilities().verbs`). An author writes `name`, `capabilities`, `probe`, `run`, `kill`, `getPids` and `terminate`, and adds to and removes from the table.
 */
export abstract class DriverBase<Active extends ActiveContainer = ActiveContainer> implements Driver {
  abstract readonly name: string
  /** The active containers of this driver object, by id. */
  protected readonly active = new Map<string, Active>()

  abstract capabilities(): Promise<DriverCapabilities>
  abstract probe(): Promise<ProbeReport>
  abstract run(command: Command, options: RunOptions): Promise<DriverProcess>
  abstract kill(target: Target, signal: number): Promise<void>
  abstract getPids(id: string): Promise<number[]>
  abstract terminate(id: string): Promise<void>

  exec(_id: string, _execId: string, _process: ProcessSpec, _options: ExecOptions): Promise<DriverProcess> {
    return this.refuse('exec')
  }

  pause(_id: string): Promise<void> {
    return this.refuse('pause')
  }

  unpause(_id: string): Promise<void> {
    return this.refuse('pause')
  }

  stats(_target: Target): Promise<Stats> {
    return this.refuse('stats')
  }

  update(_id: string, _resources: Resources): Promise<void> {
    return this.refuse('update')
  }

  resize(_target: Target, _size: TerminalSize): Promise<void> {
    return this.refuse('resize')
  }

  detached(): Promise<DetachedContainer[]> {
    return this.refuse('recover')
  }

  recover(_ids?: readonly string[]): Promise<Recovered[]> {
    return this.refuse('recover')
  }

  sweep(): Promise<SweepReport> {
    return this.refuse('sweep')
  }

  /** Nothing is kept of a stopped container. */
  async clean(_id: string): Promise<void> {}

  /** From the table: "running", or null. */
  async info(id: string): Promise<ContainerInfo | null> {
    const found = this.active.get(id)
    return found === undefined ? null : { id, status: 'running', pid: found.pid, details: {} }
  }

  /** Terminates what is in the table and not detached. */
  async [Symbol.asyncDispose](): Promise<void> {
    const ids = [...this.active].filter(([, { detached }]) => !detached).map(([id]) => id)
    await Promise.all(ids.map((id) => this.terminate(id)))
  }

  /** The entry of an active container. Throws EXECD_NOT_RUNNING when it is not in the table. */
  protected find(id: string): Active {
    const found = this.active.get(id)
    if (found !== undefined) return found
    const details = { driver: this.name, container: id }
    throw new ExecdError('EXECD_NOT_RUNNING', `container ${id} does not run`, { details })
  }

  /** Rejects with EXECD_UNSUPPORTED. */
  protected async refuse(verb: OptionalVerb): Promise<never> {
    const details = { driver: this.name, step: verb }
    throw new ExecdError('EXECD_UNSUPPORTED', `driver ${this.name} cannot do "${verb}"`, { details })
  }
}
