import type { Command } from '../command/command.js'
import type { HookState } from '../contract/driver.js'
import { ExecdError, messageOf } from '../errors/execd-error.js'
import { orAbort } from '../util/settle.js'
import { ociState, runHookPrograms } from './hook-programs.js'
import type { Hooks } from './options.js'

/** The hooks of one container: the programs of its command first, then the caller's function, each phase at most once. */
export class HookRunner {
  readonly #command: Command
  readonly #hooks: Hooks
  readonly #signal: () => AbortSignal
  readonly #onError: (error: ExecdError) => void
  readonly #errors: ExecdError[] = []
  #began = false
  #poststart: Promise<void> = Promise.resolve()
  #poststop: Promise<void> | null = null

  /** `signal` gives up prestart; `onError` is told of failures of poststart and poststop. */
  constructor(
    command: Command,
    hooks: Hooks,
    signal: () => AbortSignal,
    onError: (error: ExecdError) => void,
  ) {
    this.#command = command
    this.#hooks = hooks
    this.#signal = signal
    this.#onError = onError
  }

  /** Failures of poststart and poststop. */
  get errors(): readonly ExecdError[] {
    return this.#errors
  }

  /** What the driver is to call before the command runs, or null when there is nothing. */
  get prestart(): ((state: HookState) => Promise<void>) | null {
    if (this.#command.hooks.prestart.length === 0 && this.#hooks.prestart === undefined) return null
    return (state) => {
      this.#began = true
      const gaveUp = () => new ExecdError('EXECD_ABORTED', 'the start was given up during prestart')
      // A hook that never ends must not hold up an abort.
      return orAbort(this.#signal(), this.#run('prestart', state), gaveUp)
    }
  }

  /** The container runs again in our hands: poststart was long ago, poststop is owed. */
  resume(): void {
    this.#began = true
  }

  /** Does not reject. */
  poststart(state: HookState): Promise<void> {
    this.#began = true
    this.#poststart = this.#run('poststart', state).catch((error: ExecdError) => this.#note(error))
    return this.#poststart
  }

  /** Waits for poststart. Does nothing when nothing of the container ever began. Does not reject. */
  poststop(): Promise<void> {
    if (!this.#began) return Promise.resolve()
    const state: HookState = { id: this.#command.id, status: 'stopped', pid: 0 }
    this.#poststop ??= this.#poststart
      .then(() => this.#run('poststop', state))
      .catch((error: ExecdError) => this.#note(error))
    return this.#poststop
  }

  #note(error: ExecdError): void {
    this.#errors.push(error)
    this.#onError(error)
  }

  async #run(phase: 'prestart' | 'poststart' | 'poststop', state: HookState): Promise<void> {
    const programs = this.#command.hooks[phase]
    if (programs.length > 0) {
      const signal = phase === 'prestart' ? this.#signal() : undefined
      await runHookPrograms(phase, programs, ociState(state, this.#command), signal)
    }
    try {
      await this.#hooks[phase]?.(state)
    } catch (error) {
      const message = `the ${phase} hook threw: ${messageOf(error)}`
      throw new ExecdError('EXECD_HOOK_FAILED', message, {
        details: { step: phase, container: state.id },
        cause: error,
      })
    }
  }
}
