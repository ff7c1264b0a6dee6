import type { DriverProcess, Target } from '../contract/driver.js'
import { type CleanupProblem, type ExitStatus, lostStatus } from '../contract/exit.js'
import { ExecdError, messageOf } from '../errors/execd-error.js'
import { sleep } from '../util/deadline.js'
import { deferred } from '../util/settle.js'
import { SignalSource } from '../util/signal-source.js'
import type { ManagedDriver } from './managed-driver.js'
import type { EndPlan } from './parse-options.js'
import { type ContainerStatus, nextStatus, type StateVerb, stateError, type Transition } from './state.js'
import type { Stopper } from './stopper.js'
import { makeVerdict, type StopReason, type Verdict } from './verdict.js'

const SIGKILL = 9
/** Given as the reason, so that none is made for each process. */
const OVER = 'ended'

/** What a process leaves to the verdict beside its exit status. */
export interface Aftermath {
  readonly cleanup: readonly CleanupProblem[]
  readonly hookErrors: readonly ExecdError[]
}

export interface LifeParts {
  readonly target: Target
  readonly process: DriverProcess
  readonly driver: ManagedDriver
  readonly stopper: Stopper
  readonly plan: Pick<EndPlan, 'killSignal' | 'gracePeriod'>
  readonly skipped: readonly string[]
  /** SIGKILL to everything of it. */
  kill(): Promise<void>
  /** What is to be done when everything of it is gone. Must not reject. */
  finish(): Promise<Aftermath>
}

/** The life of a started process: its state, the way to its end, and its verdict. */
export class Life {
  readonly #parts: LifeParts
  readonly #ended = deferred<Verdict>()
  /** Rejected when a timeout, an abort or an output limit could not be carried out. */
  readonly #stuck = deferred<never>()
  readonly #over = new SignalSource()
  #isOver = false
  readonly #started = performance.now()
  #status: ContainerStatus = 'running'
  #released: ExecdError | null = null

  constructor(parts: LifeParts) {
    this.#parts = parts
    const { stdin, stdout, stderr } = parts.process
    // A program that ends while its streams are in use (EPIPE) must not become an uncaught exception of a caller without listeners.
    for (const stream of [stdin, stdout, stderr]) stream?.on('error', () => {})
    parts.stopper.act(() => void this.#end())
    void this.#conclude()
  }

  get parts(): LifeParts {
    return this.#parts
  }

  get status(): ContainerStatus {
    return this.#status
  }

  /** Fires when the process and its descendants are gone. */
  get over(): AbortSignal {
    return this.#over.signal
  }

  /** Resolves with the verdict. Rejects when it was given out of hand. */
  get ended(): Promise<Verdict> {
    return this.#ended.promise
  }

  /** As `ended`, and rejects when it was to be ended and could not be killed, so that nobody waits for ever. */
  get verdict(): Promise<Verdict> {
    return this.#isOver ? this.ended : Promise.race([this.ended, this.#stuck.promise])
  }

  move(transition: Transition): void {
    this.#status = nextStatus(this.#status, transition)
  }

  /** Throws when the state does not allow the verb. */
  check(verb: StateVerb): void {
    if (this.#released !== null) throw this.#released
    const error = stateError(verb, this.#status, this.#parts.target.exec ?? this.#parts.target.id)
    if (error !== undefined) throw error
  }

  async signal(number: number): Promise<void> {
    const { stopper, driver, target } = this.#parts
    if (number === SIGKILL) stopper.noteKill(true)
    try {
      await driver.call('kill', target, number)
    } catch (error) {
      if (number === SIGKILL) stopper.noteKill(false)
      throw error
    }
  }

  /** SIGKILL to everything of it, also in a grace period; resolves with the verdict. For the reason, or none: a timeout under way then no longer counts. */
  async terminate(reason: StopReason | null = null, cause?: unknown): Promise<Verdict> {
    if (this.#released !== null) throw this.#released
    if (!this.#isOver) {
      if (reason === null) this.#parts.stopper.settle()
      else this.#parts.stopper.claim(reason, cause)
      this.move('terminating')
      await this.#kill()
    }
    return this.ended
  }

  /** Gives the process out of hand while it runs: nothing here concerns it any more. */
  release(reason: ExecdError): void {
    this.#released = reason
    this.#parts.stopper.settle()
    this.#ended.reject(reason)
  }

  async #kill(): Promise<void> {
    this.#parts.stopper.noteKill(true)
    try {
      await this.#parts.kill()
    } catch (error) {
      if (!ExecdError.is(error, 'EXECD_NOT_RUNNING')) throw error
    }
  }

  async #end(): Promise<void> {
    const { killSignal, gracePeriod } = this.#parts.plan
    this.move('terminating')
    try {
      if (gracePeriod > 0) {
        await this.signal(killSignal).catch(() => {})
        await sleep(gracePeriod, this.over)
      }
      if (!this.#isOver) await this.#kill()
    } catch (error) {
      this.#stuck.reject(error)
    }
  }

  async #conclude(): Promise<void> {
    const { process, stopper, target, skipped, finish } = this.#parts
    const status = await process.exited.catch((error: unknown) =>
      lost(error, performance.now() - this.#started),
    )
    if (this.#released !== null) return
    this.move('ended')
    stopper.settle()
    this.#isOver = true
    this.#over.fire(OVER)
    process.stdin?.destroy()
    const aftermath = await finish()
    const id = target.exec ?? target.id
    this.#ended.resolve(
      makeVerdict({ id, status, interventions: stopper.interventions, skipped, ...aftermath }),
    )
  }
}

/** The status of a process whose driver broke its promise. */
function lost(error: unknown, wall: number): ExitStatus {
  return lostStatus(wall, [{ step: `wait: ${messageOf(error)}`, errno: 'EPROTO' }])
}
