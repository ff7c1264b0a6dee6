import { execFile } from 'node:child_process'
import { setTimeout as sleep } from 'node:timers/promises'
import { promisify } from 'node:util'

const run = promisify(execFile)
const LOOK_MS = 50
const PATIENCE_MS = 30_000

/** How a terminal begins. */
export interface TerminalOptions {
  /** Words of the program that runs in it. */
  readonly program: readonly string[]
  readonly width: number
  readonly height: number
}

/** A real terminal: keys are typed into it, and its screen is read. */
export class Terminal {
  readonly #socket: string

  private constructor(socket: string) {
    this.#socket = socket
  }

  /** `socket`: path of the socket of a tmux server for this terminal alone. */
  static async open(socket: string, { program, width, height }: TerminalOptions): Promise<Terminal> {
    const terminal = new Terminal(socket)
    // Without a file of settings: those of whoever runs the tests do not matter.
    const size = ['-x', String(width), '-y', String(height)]
    await terminal.#tmux('-f', '/dev/null', 'new-session', '-d', ...size, ...program)
    return terminal
  }

  /** Types a text, and Enter. */
  async line(text: string): Promise<void> {
    await this.#tmux('send-keys', '-l', text)
    await this.keys('Enter')
  }

  /** Presses keys by their names in tmux, such as "C-c" and "Tab". */
  async keys(...names: string[]): Promise<void> {
    await this.#tmux('send-keys', ...names)
  }

  async resize(width: number, height: number): Promise<void> {
    await this.#tmux('resize-window', '-x', String(width), '-y', String(height))
  }

  /** What is to be seen. */
  async screen(): Promise<string> {
    return this.#tmux('capture-pane', '-p')
  }

  /** Waits until something is to be seen, and gives the screen. */
  async see(pattern: RegExp): Promise<string> {
    const until = performance.now() + PATIENCE_MS
    for (;;) {
      const screen = await this.screen()
      if (pattern.test(screen)) return screen
      if (performance.now() > until) throw new Error(`${pattern} is not to be seen in:\n${screen}`)
      await sleep(LOOK_MS)
    }
  }

  async clear(): Promise<void> {
    await this.line('clear')
    await this.see(/^\S*\$ ?\n+$/)
  }

  async close(): Promise<void> {
    await this.#tmux('kill-server').catch(() => '')
  }

  async #tmux(...args: string[]): Promise<string> {
    const { stdout } = await run('tmux', ['-S', this.#socket, ...args])
    return stdout
  }
}
