import { ExecdError } from '../errors/execd-error.js'
import { startTimer } from '../util/deadline.js'
import { onAbort } from '../util/on-abort.js'
import { SignalSource } from '../util/signal-source.js'
import type { Interventions, StopReason } from './verdict.js'

/** The wish to end a process: the first reason wins, and counts until `settle`. */
export class Stopper {
  #stop: StopReason | null = null
  #cause: unknown
  #killed = false
  #settled = false
  #action: (() => void) | null = null
  readonly #release: Array<() => void> = []
  readonly #fired = new SignalSource()

  /** Fires with the first reason. */
  get signal(): AbortSignal {
    return this.#fired.signal
  }

  /** Whether it has fired. */
  get stopped(): boolean {
    return this.#stop !== null
  }

  get interventions(): Interventions {
    return { stop: this.#stop, stopCause: this.#cause, killed: this.#killed }
  }

  /** Watches the caller's AbortSignal and the time, in milliseconds, until `settle`. */
  watch(timeout: number | null, signal: AbortSignal | null): void {
    if (signal !== null) {
      const abort = (): void => this.stop('aborted', signal.reason)
      if (signal.aborted) abort()
      else this.#release.push(onAbort(signal, abort))
    }
    if (timeout !== null) this.#release.push(startTimer(timeout, () => this.stop('timeout', undefined)))
  }

  /** What a stop does from now on; done at once when it has been wished for before. */
  act(action: () => void): void {
    this.#action = action
    if (this.#stop !== null && !this.#settled) action()
  }

  /** Ends the process for a reason, unless there is one already. */
  stop(reason: StopReason, cause: unknown): void {
    if (this.claim(reason, cause)) this.#action?.()
  }

  /** Notes the reason for an end that the caller brings about by itself. False when there is one already. */
  claim(reason: StopReason, cause: unknown): boolean {
    if (this.#settled || this.#stop !== null) return false
    this.#stop = reason
    this.#cause = cause
    this.#fired.fire()
    return true
  }

  /** Notes that our side sends SIGKILL, or that it could not. */
  noteKill(sent: boolean): void {
    this.#killed = sent
  }

  /** No more reasons count, nothing is watched: the process is gone, did not start, or is being terminated by hand. */
  settle(): void {
    this.#settled = true
    this.#action = null
    for (const release of this.#release.splice(0)) release()
  }
}

/** The error of a start that was stopped. `what` names it, such as "container x". */
export function stoppedStart(what: string, { stop, stopCause }: Interventions): ExecdError {
  if (ExecdError.is(stopCause, 'EXECD_CLOSED')) return stopCause
  if (stop === 'timeout')
    return new ExecdError('EXECD_TIMEOUT', `${what} did not start within its timeout`, {
      details: { step: 'start' },
    })
  return new ExecdError('EXECD_ABORTED', `the start of ${what} was aborted`, {
    details: { step: 'start' },
    cause: stopCause,
  })
}
