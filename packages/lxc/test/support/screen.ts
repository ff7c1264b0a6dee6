import type { Container, Execution } from '@execd/core'
import { until } from './until.js'

/** A terminal with someone in front of it. */
export class Screen {
  text = ''
  readonly #process: Container | Execution

  constructor(process: Container | Execution) {
    this.#process = process
    process.stdout?.on('data', (chunk) => {
      this.text += String(chunk)
    })
  }

  type(keys: string): void {
    this.#process.stdin?.write(keys)
  }

  async shows(pattern: RegExp): Promise<void> {
    await until(`${pattern} on the screen`, () => pattern.test(this.text)).catch((error: unknown) => {
      throw new Error(`${String(error)}; it shows ${JSON.stringify(this.text.slice(-500))}`)
    })
  }
}
