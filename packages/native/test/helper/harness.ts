import { type ChildProcess, spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import type { Socket } from 'node:net'
import { arch } from 'node:process'
import type { Readable, Writable } from 'node:stream'
import { setTimeout as delay } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { encodePlan } from '../../dist/plan/encode.js'
import { FrameReader, type MonitorMessage } from '../../dist/plan/messages.js'
import type { Step } from '../../dist/plan/steps.js'

/** The helper under test: the built one, or the program that EXECD_INIT names (such as a build with sanitizers). */
export const INIT =
  process.env.EXECD_INIT ??
  fileURLToPath(new URL(`../../../native-init-linux-${arch}/bin/execd-init`, import.meta.url))

export type MessageOf<T extends MonitorMessage['type']> = Extract<MonitorMessage, { type: T }>

/** A helper that was started with a plan, with all that it says. */
export class Helper {
  readonly process: ChildProcess
  readonly control: Socket
  readonly stdin: Writable
  readonly messages: MonitorMessage[] = []
  stdout = ''
  stderr = ''
  /** Resolves when the monitor has ended and its pipes are closed. */
  readonly closed: Promise<void>
  /** Resolves when nobody holds the command's standard output any more. */
  readonly stdoutEnded: Promise<void>
  #wake: () => void = () => {}
  #ended = false

  constructor(bytes: Uint8Array, spawnOptions: { uid?: number; gid?: number; program?: string } = {}) {
    const { uid, gid, program = INIT } = spawnOptions
    if (!existsSync(INIT)) throw new Error(`the helper is not built: ${INIT}`)
    this.process = spawn(program, [], {
      stdio: ['pipe', 'pipe', 'pipe', 'pipe'],
      env: {},
      ...(uid === undefined ? {} : { uid, gid: gid ?? uid }),
    })
    const [stdin, stdout, stderr, control] = this.process.stdio
    this.stdin = stdin as Writable
    this.stdin.on('error', () => {})
    ;(stdout as Readable).setEncoding('utf8').on('data', (text: string) => {
      this.stdout += text
      this.#wake()
    })
    ;(stderr as Readable).setEncoding('utf8').on('data', (text: string) => {
      this.stderr += text
      this.#wake()
    })
    this.stdoutEnded = new Promise((resolve) => (stdout as Readable).once('end', resolve))
    this.control = control as Socket
    this.control.on('error', () => {})
    const frames = new FrameReader()
    this.control.on('data', (chunk: Buffer) => {
      this.messages.push(...frames.push(chunk))
      this.#wake()
    })
    this.closed = new Promise((resolve) => {
      this.process.once('close', () => {
        this.#ended = true
        this.#wake()
        resolve()
      })
    })
    this.control.write(bytes)
  }

  /** Waits until the condition holds; fails when it cannot any more or takes over ten seconds. */
  async until(what: string, condition: () => boolean): Promise<void> {
    const deadline = Date.now() + 60_000
    while (!condition()) {
      if (this.#ended || Date.now() > deadline) {
        const seen = JSON.stringify(this.messages, (_, v: unknown) => (typeof v === 'bigint' ? String(v) : v))
        throw new Error(`no ${what}; messages ${seen}, stdout ${this.stdout}, stderr ${this.stderr}`)
      }
      await Promise.race([new Promise<void>((resolve) => (this.#wake = resolve)), delay(50)])
    }
  }

  /** The first message of a type, waiting for it. */
  async message<T extends MonitorMessage['type']>(type: T): Promise<MessageOf<T>> {
    const find = () => this.messages.find((m): m is MessageOf<T> => m.type === type)
    await this.until(`message ${type}`, () => find() !== undefined)
    return find() as MessageOf<T>
  }

  /** Waits for a text on standard output. */
  async says(text: string): Promise<void> {
    await this.until(`"${text}" on stdout`, () => this.stdout.includes(text))
  }
}

/** Starts the helper with a plan. */
export function start(steps: readonly Step[], options?: ConstructorParameters<typeof Helper>[1]): Helper {
  return new Helper(encodePlan(steps), options)
}

/** Starts the helper, waits until all is over; the last message is `exited` or `failed`. */
export async function finish(steps: readonly Step[], options?: ConstructorParameters<typeof Helper>[1]) {
  const helper = start(steps, options)
  helper.stdin.end()
  await helper.closed
  return Object.assign(helper, { last: helper.messages.at(-1) })
}

/** Whether a process is there (a zombie counts as gone). */
export async function isGone(pid: number): Promise<boolean> {
  const { readFile } = await import('node:fs/promises')
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => undefined)
  return stat === undefined || / Z /.test(stat.slice(stat.lastIndexOf(')')))
}

/** Waits until a process is gone; the milliseconds it took. */
export async function gone(pid: number, limitMs = 5000): Promise<number> {
  const begin = performance.now()
  while (!(await isGone(pid))) {
    if (performance.now() - begin > limitMs)
      throw new Error(`process ${pid} is still there after ${limitMs} ms`)
    await delay(1)
  }
  return performance.now() - begin
}
