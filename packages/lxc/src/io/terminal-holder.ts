import { writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import type { TerminalSize } from '@execd/core/driver'
import type { RunningTool, ToolRunner } from '../commands/run.js'
import { shellWord } from '../config/lines.js'
import { lxcError } from '../errors.js'
import { LineReader } from '../parse/log.js'

const SCRIPT = fileURLToPath(new URL('../../helper/terminal.sh', import.meta.url))
const TIMEOUT_MS = 10_000
/** Of a terminal whose size nobody gave. */
export const DEFAULT_SIZE: TerminalSize = { height: 24, width: 80 }

/** A program that is to run on the terminal. */
export interface TerminalProgram {
  /** Where a shell script that names it may be kept. */
  readonly file: string
  readonly args: readonly string[]
  /** What it gets in place of descriptors of this process, from 4 on. */
  readonly extra: ReadonlyArray<number | 'ignore'>
  readonly cwd: string
}

/**
 * A pseudo-terminal, held by script(1): Node has no system call that makes one. What is written to `tool.stdin` is typed, what it shows comes from `tool.stdout`. A
 * shell on its other side sets its size.
 */
export class TerminalHolder {
  /** script(1). */
  readonly tool: RunningTool
  /** Path of the slave. */
  readonly path: string
  readonly #waiting: Array<(done: boolean) => void> = []
  readonly #program: { readonly pid: Promise<number | null>; readonly ended: Promise<number | null> }

  private constructor(tool: RunningTool, path: string, told: Told) {
    this.tool = tool
    this.path = path
    this.#program = { pid: told.pid, ended: told.ended }
    told.onDone = () => this.#waiting.shift()?.(true)
    void tool.ended.then(() => {
      for (const resolve of this.#waiting.splice(0)) resolve(false)
    })
  }

  /** Makes a terminal of a size. Rejects with EXECD_HELPER_MISSING, EXECD_START_FAILED, EXECD_TIMEOUT. */
  static async open(
    tools: ToolRunner,
    { height, width }: TerminalSize,
    program?: TerminalProgram,
  ): Promise<TerminalHolder> {
    const words = [SCRIPT, String(height), String(width)]
    if (program !== undefined) {
      // not as arguments of script: it takes one string, and the kernel limits that to 128 KiB
      writeFileSync(program.file, `set -- ${program.args.map(shellWord).join(' ')}\n`, { mode: 0o600 })
      words.push(program.file)
    }
    const tool = await tools.spawn({
      program: 'script',
      args: ['-q', '-f', '-c', `exec sh ${words.map(shellWord).join(' ')}`, '/dev/null'],
      stdio: ['pipe', 'pipe', 'ignore', 'pipe', ...(program?.extra ?? [])],
      cwd: program?.cwd ?? '/',
    })
    tool.stdin?.on('error', () => {})
    tool.stdout?.on('error', () => {})
    const told = new Told(tool)
    const path = await told.path
    if (path !== null) return new TerminalHolder(tool, path, told)
    tool.signal('SIGKILL')
    throw lxcError('EXECD_START_FAILED', 'script(1) made no terminal', {
      hint: 'script of util-linux is needed, and a devpts file system at /dev/pts',
      details: { program: 'script', step: 'make a terminal' },
    })
  }

  /** Sets the size. Resolves with false when the terminal is gone. */
  resize({ height, width }: TerminalSize): Promise<boolean> {
    if (!this.#write(`size ${height} ${width}\n`)) return Promise.resolve(false)
    return new Promise((resolve) => {
      this.#waiting.push(resolve)
    })
  }

  /** Shows a word, after everything that was shown before. */
  mark(word: string): void {
    this.#write(`mark ${word}\n`)
  }

  /** Pid and exit code of the program; null when it did not come to that. */
  get program(): { readonly pid: Promise<number | null>; readonly ended: Promise<number | null> } {
    return this.#program
  }

  /** Lets the terminal go. */
  close(): void {
    this.tool.control?.destroy()
    this.tool.stdin?.destroy()
  }

  #write(line: string): boolean {
    const { control } = this.tool
    if (control === null || control.destroyed) return false
    control.write(line)
    return true
  }
}

/** What the shell on the terminal tells. */
class Told {
  readonly path: Promise<string | null>
  readonly pid: Promise<number | null>
  readonly ended: Promise<number | null>
  onDone: () => void = () => {}

  constructor(tool: RunningTool) {
    const lines = new LineReader()
    const settle = new Map<string, (value: string | null) => void>()
    const later = (word: string): Promise<string | null> =>
      new Promise((resolve) => settle.set(word, resolve))
    const timer = setTimeout(() => tool.signal('SIGKILL'), TIMEOUT_MS)
    this.path = later('tty').finally(() => clearTimeout(timer))
    this.pid = later('pid').then((text) => (text === null ? null : Number(text)))
    this.ended = later('ended').then((text) => (text === null ? null : Number(text)))
    tool.control?.setEncoding('utf8').on('error', () => {})
    tool.control?.on('data', (piece: string) => {
      for (const line of lines.push(piece)) {
        const [word = '', value = ''] = line.split(' ')
        if (word === 'done') this.onDone()
        settle.get(word)?.(value)
      }
    })
    void tool.ended.then(() => {
      for (const resolve of settle.values()) resolve(null)
    })
  }
}
