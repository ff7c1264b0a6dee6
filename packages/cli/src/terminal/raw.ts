/** The keyboard, passing every key on as it is while it is taken. */
export class RawKeyboard {
  readonly #stdin = process.stdin

  /** Sets raw mode now and after each stop of this process, until `release`. */
  take(): void {
    this.#raw(true)
    process.on('SIGCONT', this.#again)
    process.on('SIGTSTP', this.stop)
  }

  release(): void {
    process.off('SIGCONT', this.#again)
    process.off('SIGTSTP', this.stop)
    this.#raw(false)
  }

  /** Stops this process, with the terminal as the shell left it, until it is continued. */
  readonly stop = (): void => {
    this.#raw(false)
    process.kill(process.pid, 'SIGSTOP')
  }

  readonly #again = (): void => this.#raw(true)

  #raw(on: boolean): void {
    if (this.#stdin.isTTY) this.#stdin.setRawMode(on)
  }
}
