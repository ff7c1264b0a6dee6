/** Keeps OOM events that come before there is a container to tell. */
export class OomRelay {
  #waiting = 0
  #listener: (() => void) | null = null

  /** For the driver. */
  readonly notify = (): void => {
    if (this.#listener === null) this.#waiting += 1
    else this.#listener()
  }

  /** Those that waited are told when the caller had a chance to listen. */
  connect(listener: () => void): void {
    this.#listener = listener
    for (; this.#waiting > 0; this.#waiting--) setImmediate(listener)
  }
}
