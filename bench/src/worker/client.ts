import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import type { Answers, Reply, Request } from './messages.js'

const ANSWER_MS = 12_000
/** Opening prepares every subject, each with a limit of its own. */
const OPEN_MS = 45_000
const PING_MS = 3000

/** A process that measures, seen from the bench. */
export class Worker {
  readonly #child: ChildProcess
  readonly #waiting = new Map<number, (reply: Omit<Reply, 'id'>) => void>()
  #ended: Error | null = null
  #nextId = 1

  constructor() {
    this.#child = fork(fileURLToPath(new URL('./worker.js', import.meta.url)), [], {
      execArgv: ['--expose-gc'],
    })
    this.#child.on('message', (reply: Reply) => this.#settle(reply.id, reply))
    this.#child.on('exit', () => this.#end('a process that measures ended'))
    this.#child.on('error', ({ message }) => this.#end(message))
  }

  /**
   * Asks one thing. Rejects with what went wrong there, or when no answer comes in time: `alive` then says whether the process still answers to anything.
   */
  async ask<Name extends Request['do']>(
    request: Extract<Request, { do: Name }>,
    withinMs = request.do === 'open' ? OPEN_MS : ANSWER_MS,
  ): Promise<Answers[Name]> {
    if (this.#ended !== null) throw this.#ended
    const id = this.#nextId++
    const answer = new Promise<Omit<Reply, 'id'>>((resolve) => this.#waiting.set(id, resolve))
    this.#child.send({ ...request, id })
    const late = { error: `no answer within ${withinMs / 1000} s` }
    const timer = setTimeout(() => this.#settle(id, late), withinMs)
    const reply = await answer
    clearTimeout(timer)
    if (reply === late && request.do !== 'ping') await this.#checkPulse()
    if (reply.error !== undefined) throw new Error(reply.error)
    return reply.value as Answers[Name]
  }

  /** Whether it can be asked. */
  get alive(): boolean {
    return this.#ended === null
  }

  /** Lets it end what it started, and itself. */
  async close(): Promise<void> {
    const child = this.#child
    this.#ended ??= new Error('closed')
    if (child.exitCode !== null || child.signalCode !== null) return
    const exit = once(child, 'exit')
    if (child.connected) child.disconnect()
    await Promise.race([exit, sleep(10_000, undefined, { ref: false })])
    child.kill('SIGKILL')
  }

  async #checkPulse(): Promise<void> {
    await this.ask<'ping'>({ do: 'ping' }, PING_MS).catch(() => this.#end('a process that measures is stuck'))
  }

  #settle(id: number, reply: Omit<Reply, 'id'>): void {
    this.#waiting.get(id)?.(reply)
    this.#waiting.delete(id)
  }

  #end(reason: string): void {
    this.#ended ??= new Error(reason)
    for (const id of [...this.#waiting.keys()]) this.#settle(id, { error: reason })
  }
}
