import { closeSync, constants, openSync, readlinkSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { childrenOf } from '@execd/linux/proc'
import type { ToolRunner } from '../commands/run.js'
import { lxcError } from '../errors.js'
import type { PipeEnds } from './fifo-stock.js'

const BATCH = 16
const LOW = 4
const TIMEOUT_MS = 10_000

/**
 * Nameless pipes for stdin. A FIFO opened again as /dev/stdin waits for a writer, for ever if there is none any more; a pipe does not. Node cannot make one, but a shell
 * makes one between each two commands of a pipeline, and they can be opened through /proc; then the shell is ended.
 */
export class StdinStock {
  readonly #tools: ToolRunner
  readonly #stock: PipeEnds[] = []
  #filling: Promise<void> | null = null
  #nothing: Promise<number> | null = null

  constructor(tools: ToolRunner) {
    this.#tools = tools
  }

  async #fill(): Promise<void> {
    const script = Array(BATCH + 1)
      .fill('read x')
      .join(' | ')
    const shell = await this.#tools.spawn({
      program: 'sh',
      args: ['-c', script],
      stdio: ['pipe', 'ignore', 'ignore'],
    })
    shell.stdin?.on('error', () => {})
    try {
      for (const path of await pipesOf(shell.pid)) {
        const write = openSync(path, constants.O_WRONLY | constants.O_NONBLOCK)
        this.#stock.push({ read: openSync(path, constants.O_RDONLY), write })
      }
    } finally {
      // its own process group, and not reaped before this process sees it end
      if (shell.signal('SIGSTOP')) process.kill(-shell.pid, 'SIGKILL')
      await shell.ended
    }
  }

  #refill(): Promise<void> {
    this.#filling ??= this.#fill().finally(() => {
      this.#filling = null
    })
    return this.#filling
  }

  /** A pipe whose write end does not block. */
  async take(): Promise<PipeEnds> {
    for (;;) {
      const pipe = this.#stock.pop()
      if (pipe === undefined) {
        await this.#refill()
        continue
      }
      if (this.#stock.length < LOW) this.#refill().catch(() => {}) // tried again, and reported, when it is needed
      return pipe
    }
  }

  /** The read end of a pipe that nobody writes to, kept open until the end. */
  nothing(): Promise<number> {
    this.#nothing ??= this.take().then(({ read, write }) => {
      closeSync(write)
      return read
    })
    return this.#nothing
  }

  /** Resolves with the ends of those that nobody took, to be closed, when no more are being made. */
  async drain(): Promise<number[]> {
    await this.#filling?.catch(() => {})
    const nothing = await this.#nothing?.catch(() => null)
    const rest = this.#stock.splice(0).flatMap(({ read, write }) => [read, write])
    return nothing == null ? rest : [nothing, ...rest]
  }
}

/** Paths of the pipes between the commands of a pipeline, when all are there. */
async function pipesOf(shell: number): Promise<string[]> {
  const deadline = performance.now() + TIMEOUT_MS
  for (;;) {
    const paths = childrenOf(shell).map((pid) => `/proc/${pid}/fd/0`)
    const pipes = new Map(paths.map((path) => [targetOf(path), path]))
    const found = [...pipes].filter(([target]) => target.startsWith('pipe:')).map(([, path]) => path)
    if (found.length >= BATCH) return found
    if (performance.now() > deadline)
      throw lxcError('EXECD_TIMEOUT', 'the shell made no pipes in time', {
        details: { program: 'sh', step: 'make pipes' },
      })
    await sleep(1)
  }
}

function targetOf(path: string): string {
  try {
    return readlinkSync(path)
  } catch {
    return ''
  }
}
