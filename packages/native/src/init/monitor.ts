import { Socket } from 'node:net'
import {
  encodeAbort,
  encodeGo,
  encodeKill,
  encodeKillAll,
  encodeResize,
  FrameReader,
  type MonitorMessage,
} from '../plan/messages.js'
import type { Syscalls } from '../sys/syscalls.js'
import { reapLater } from './reaper.js'

/** Longer than everything that a monitor does in its own time: emptying and removing groups, ending the tree of an exec. */
const STUCK_AFTER_MS = 20_000

export type Failed = Extract<MonitorMessage, { type: 'failed' }>
export type Exited = Extract<MonitorMessage, { type: 'exited' }>

/** How a start ended: the command runs, a step failed, or the monitor vanished before it could say. */
export type StartOutcome =
  | { readonly type: 'started'; readonly pid: number; readonly startTime: bigint }
  | Failed
  | { readonly type: 'vanished' }

export interface MonitorRequest {
  readonly sys: Syscalls
  /** Descriptor of the helper program. */
  readonly program: number
  /** Encoded. */
  readonly plan: Buffer
  /** Descriptors that become 0, 1, 2 of the command. Still the caller's to close. */
  readonly stdio: readonly [number, number, number]
  /** The end of the terminal socket that becomes descriptor 4. */
  readonly terminalSocket: number | null
  /** Awaited when the plan asks to wait: the namespaces exist. A rejection stops the start. */
  readonly onCreated: ((pid: number) => Promise<void>) | null
  /** Called for each process that the kernel killed for want of memory, while the command runs. */
  readonly onOom: () => void
}

/**
 * One running init helper: starts it, speaks with it over the control socket, and reaps it. `outcome` and `exited` never
 * reject.
 */
export class Monitor {
  /** Process id of the helper itself. */
  readonly pid: number
  readonly outcome: Promise<StartOutcome>
  /** The last word of the monitor, null when it vanished after the start. Pending for ever when the start failed. */
  readonly exited: Promise<Exited | null>
  /** The error that `onCreated` threw, once it did. */
  createdError: unknown = undefined

  readonly #socket: Socket
  readonly #frames = new FrameReader()
  readonly #replies = new Map<number, (errno: number | null) => void>()
  readonly #onCreated: MonitorRequest['onCreated']
  readonly #onOom: MonitorRequest['onOom']
  #settleOutcome!: (outcome: StartOutcome) => void
  #settleExited!: (exited: Exited | null) => void
  #nextRequest = 1
  #finished = false
  #released = false
  #stuck: NodeJS.Timeout | null = null

  constructor(request: MonitorRequest) {
    const { sys } = request
    this.#onCreated = request.onCreated
    this.#onOom = request.onOom
    this.outcome = new Promise((resolve) => {
      this.#settleOutcome = resolve
    })
    this.exited = new Promise((resolve) => {
      this.#settleExited = resolve
    })
    const [ours, theirs] = sys.socketpair()
    let rest: Buffer
    try {
      // the plan is there before the helper is: it need not wait for this side to go on
      rest = request.plan.subarray(sys.send(ours, request.plan))
      const descriptors = [...request.stdio, theirs]
      if (request.terminalSocket !== null) descriptors.push(request.terminalSocket)
      this.pid = sys.spawn({ program: request.program, descriptors })
    } catch (error) {
      sys.close(ours)
      throw error
    } finally {
      sys.close(theirs)
    }
    this.#socket = new Socket({ fd: ours, readable: true, writable: true })
    this.#socket.on('data', (chunk: Buffer) => this.#receive(chunk))
    this.#socket.on('error', () => this.#socket.destroy()) // EPIPE, ECONNRESET: the end of the stream says it all
    this.#socket.on('close', () => this.#closed(sys))
    if (rest.length > 0) this.#socket.write(rest)
  }

  /** Sends a signal to the command. Resolves with the errno, 0 for success; null when the monitor is gone. */
  kill(signal: number): Promise<number | null> {
    return this.#request((request) => encodeKill(request, signal))
  }

  /**
   * SIGKILL to the command and everything in its cgroups. A monitor that has not ended long after that is stuck (a mount of a dead server, a
   * stopped process) and killed itself; what it looked after is then cleaned up from here.
   */
  killAll(): Promise<number | null> {
    if (this.#finished || this.#socket.destroyed) return Promise.resolve(null)
    this.#stuck ??= setTimeout(() => this.#kill(), STUCK_AFTER_MS)
    return this.#request(encodeKillAll)
  }

  /** Sets the size of a terminal that the monitor keeps. Resolves as `kill`. */
  resize(rows: number, columns: number): Promise<number | null> {
    return this.#request((request) => encodeResize(request, rows, columns))
  }

  /** Lets a monitor go that outlives this process: it goes on, and `exited` stays pending. */
  release(): void {
    this.#released = true
    this.#socket.destroy()
  }

  /** Its pid is its own until it was reaped, which happens after the socket has closed. */
  #kill(): void {
    if (this.#socket.destroyed) return
    try {
      process.kill(this.pid, 'SIGKILL')
    } catch {
      // it ends just now
    }
  }

  #request(encode: (request: number) => Buffer): Promise<number | null> {
    if (this.#finished || this.#socket.destroyed) return Promise.resolve(null)
    const request = this.#nextRequest++
    return new Promise((resolve) => {
      this.#replies.set(request, resolve)
      this.#socket.write(encode(request))
    })
  }

  #receive(chunk: Buffer): void {
    try {
      for (const message of this.#frames.push(chunk)) this.#dispatch(message)
    } catch {
      this.#socket.destroy() // not the language of a monitor: the same as a vanished one
    }
  }

  #dispatch(message: MonitorMessage): void {
    switch (message.type) {
      case 'created':
        this.#created(message.pid)
        break
      case 'started':
        this.#settleOutcome(message)
        break
      case 'failed':
        this.#finished = true
        this.#settleOutcome(message)
        this.#settleExited(null)
        break
      case 'exited':
        this.#finished = true
        this.#settleExited(message)
        break
      case 'reply':
        this.#replies.get(message.request)?.(message.errno)
        this.#replies.delete(message.request)
        break
      case 'oom':
        for (let left = message.kills; left > 0; left--) this.#onOom()
        break
    }
  }

  #created(pid: number): void {
    const answer = (frame: Buffer): void => {
      if (!this.#socket.destroyed) this.#socket.write(frame)
    }
    Promise.resolve(this.#onCreated?.(pid)).then(
      () => answer(encodeGo()),
      (error: unknown) => {
        this.createdError = error
        answer(encodeAbort())
      },
    )
  }

  #closed(sys: Syscalls): void {
    if (this.#stuck !== null) clearTimeout(this.#stuck)
    this.#finished = true
    this.#settleOutcome({ type: 'vanished' })
    if (!this.#released) this.#settleExited(null)
    for (const resolve of this.#replies.values()) resolve(null)
    this.#replies.clear()
    reapLater(sys, this.pid)
  }
}
