import { closeSync, constants, mkdirSync, openSync } from 'node:fs'
import { Socket } from 'node:net'
import type { ToolRunner } from '../commands/run.js'
import { fileError } from '../errors.js'
import { monitorFolder } from '../host/run-dir.js'
import { decodeStatus, MonitorReader } from '../parse/monitor.js'

const LATEST_MS = 2000

/** How a container's first process ended. */
export interface FirstExit {
  readonly code: number | null
  readonly signal: number | null
}

interface Waiter {
  readonly exit: Promise<FirstExit>
  readonly resolve: (exit: FirstExit) => void
}

/**
 * The FIFO to which monitors of LXC report, one for all containers of a driver: with lxc-start alone there is no telling how a command ended, since it exits with 0
 * whatever that was. A monitor waits when the FIFO is full, so nothing is lost.
 */
export class StatusPipe {
  readonly #reader: Socket
  readonly #writer: number
  readonly #waiters = new Map<string, Waiter>()

  private constructor(path: string) {
    const read = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK)
    this.#writer = openSync(path, constants.O_WRONLY) // else it would be at its end when no container runs
    this.#reader = new Socket({ fd: read, readable: true, writable: false })
    const messages = new MonitorReader()
    this.#reader.on('error', () => {}).unref()
    this.#reader.on('data', (piece: Buffer) => {
      for (const { type, name, value } of messages.push(piece))
        if (type === 'exit-code') this.#waiters.get(name)?.resolve(decodeStatus(value))
    })
  }

  /** Makes the FIFO where LXC looks for it. */
  static async open(tools: ToolRunner, stateDir: string): Promise<StatusPipe> {
    const folder = monitorFolder(stateDir)
    try {
      mkdirSync(folder, { recursive: true, mode: 0o700 })
    } catch (error) {
      throw fileError('EXECD_START_FAILED', `make ${folder}`, error)
    }
    await tools.run('mkfifo', ['-m', '0600', `${folder}/monitor-fifo`])
    return new StatusPipe(`${folder}/monitor-fifo`)
  }

  /** To be called before a container of this name is started. */
  expect(name: string): void {
    let settle: (exit: FirstExit) => void = () => {}
    const exit = new Promise<FirstExit>((resolve) => {
      settle = resolve
    })
    this.#waiters.set(name, { exit, resolve: settle })
  }

  /** To be called when the container's monitor has ended, which it does after it has reported. Null when it never did. */
  async take(name: string): Promise<FirstExit | null> {
    const waiter = this.#waiters.get(name)
    if (waiter === undefined) return null
    let timer: NodeJS.Timeout | undefined
    const late = new Promise<null>((resolve) => {
      timer = setTimeout(resolve, LATEST_MS, null)
    })
    const exit = await Promise.race([waiter.exit, late])
    clearTimeout(timer)
    this.#waiters.delete(name)
    return exit
  }

  /** The container did not start. */
  forget(name: string): void {
    this.#waiters.delete(name)
  }

  close(): void {
    this.#reader.destroy()
    closeSync(this.#writer)
  }
}
