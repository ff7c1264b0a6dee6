/** An AbortController that is made only when somebody asks for its signal: making and firing one takes tens of microseconds, and few containers have anybody who asks. */
export class SignalSource {
  #controller: AbortController | null = null
  #fired = false
  #reason: unknown

  get signal(): AbortSignal {
    if (this.#controller === null) {
      this.#controller = new AbortController()
      if (this.#fired) this.#controller.abort(this.#reason)
    }
    return this.#controller.signal
  }

  /** Fires the signal, also one that is asked for later. The first reason stays. */
  fire(reason?: unknown): void {
    if (this.#fired) return
    this.#fired = true
    this.#reason = reason
    this.#controller?.abort(reason)
  }
}
