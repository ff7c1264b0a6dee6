import { Socket } from 'node:net'
import { encodeAbort, encodeGo, type MonitorMessage } from '../plan/messages.js'
import type { Syscalls } from '../sys/syscalls.js'
import { FrameSender } from './frame-sender.js'
import { MonitorChannel } from './monitor-channel.js'
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

/** What a prepared container is made from: its standard descriptors are in the place of those to come. */
export type PrepareRequest = Pick<MonitorRequest, 'sys' | 'program' | 'plan' | 'stdio'>

/**
 * One running init helper: starts it, speaks with it over the control socket, and reaps it. `outcome` and `exited` never
 * reject.
 */
export class Monitor {
  /** A container without a command yet: `proceed` gives it one. Keeps no process alive until then. */
  static async prepare({ sys, program, plan, stdio }: PrepareRequest): Promise<Monitor> {
    const [ours, theirs] = sys.socketpair()
    try {
      const request = { sys, program, plan, stdio, terminalSocket: theirs, onCreated: null, onOom: () => {} }
      const monitor = await Monitor.start(request)
      monitor.#restSocket = ours
      monitor.#socket.unref()
      return monitor
    } catch (error) {
      sys.close(ours)
      throw error
    } finally {
      sys.close(theirs)
    }
  }

  /** Starts a helper. Rejects with SyscallError. */
  static async start(request: MonitorRequest): Promise<Monitor> {
    const { sys, plan, program, stdio, terminalSocket } = request
    const [ours, theirs] = sys.socketpair()
    let monitor: Monitor | null = null
    try {
      // the plan is there before the helper is: it need not wait for this side to go on
      const rest = plan.subarray(sys.send(ours, plan))
      const descriptors = [...stdio, theirs]
      if (terminalSocket !== null) descriptors.push(terminalSocket)
      const spawned = sys.spawn({ program, descriptors })
      // in this turn: if the thread that waits here is ended, its socket closes, and the helper ends
      monitor = new Monitor(request, ours)
      if (rest.length > 0) monitor.#channel.send(rest)
      monitor.#pid = await spawned
      if (monitor.#isClosed) reapLater(sys, monitor.#pid)
      return monitor
    } catch (error) {
      if (monitor === null) sys.close(ours)
      else monitor.#channel.destroy()
      throw error
    } finally {
      sys.close(theirs)
    }
  }

  /** Process id of the helper itself; null until it is known. */
  get pid(): number | null {
    return this.#pid
  }

  #pid: number | null = null
  readonly outcome: Promise<StartOutcome>
  /** The last word of the monitor, null when it vanished after the start. Pending for ever when the start failed. */
  readonly exited: Promise<Exited | null>
  /** Of a prepared container: true when it waits for its command, false when it has ended before. */
  readonly held: Promise<boolean>
  /** Resolves when the helper has closed its socket: it has ended, or is about to. */
  readonly closed: Promise<void>
  /** The error that `onCreated` threw, once it did. */
  createdError: unknown = undefined

  readonly #socket: Socket
  readonly #descriptor: number
  readonly #channel: MonitorChannel
  readonly #onCreated: MonitorRequest['onCreated']
  readonly #sys: Syscalls
  #onOom: MonitorRequest['onOom']
  /** By which a prepared container gets the rest of its plan. */
  #restSocket: number | null = null
  #settleOutcome!: (outcome: StartOutcome) => void
  #settleExited!: (exited: Exited | null) => void
  #settleHeld!: (held: boolean) => void
  #settleClosed!: () => void
  #released = false
  #isClosed = false
  #stuck: NodeJS.Timeout | null = null

  private constructor({ sys, onCreated, onOom }: MonitorRequest, socket: number) {
    this.#sys = sys
    this.#onCreated = onCreated
    this.#onOom = onOom
    this.outcome = new Promise((resolve) => {
      this.#settleOutcome = resolve
    })
    this.exited = new Promise((resolve) => {
      this.#settleExited = resolve
    })
    this.held = new Promise((resolve) => {
      this.#settleHeld = resolve
    })
    this.closed = new Promise((resolve) => {
      this.#settleClosed = resolve
    })
    this.#descriptor = socket
    this.#socket = new Socket({ fd: socket, readable: true, writable: true })
    const sender = new FrameSender(sys, socket, () => !this.#socket.destroyed)
    this.#channel = new MonitorChannel(
      this.#socket,
      { message: (message) => this.#heard(message), close: () => this.#close() },
      (frame) => sender.send(frame),
    )
  }

  /** Whether the helper is there, also when its end is not known here yet. */
  get isAlive(): boolean {
    return !this.#channel.finished && !this.#sys.isClosed(this.#descriptor)
  }

  /** Gives a prepared container its standard descriptors and the rest of its plan. Throws SyscallError when it cannot be reached. */
  proceed({ plan, stdio, onOom }: Pick<MonitorRequest, 'plan' | 'stdio' | 'onOom'>): void {
    const socket = this.#restSocket
    if (socket === null) throw new Error('it has its command already')
    this.#restSocket = null
    this.#onOom = onOom
    this.#socket.ref()
    let taken: number
    try {
      taken = this.#sys.sendDescriptors(socket, stdio, plan)
    } catch (error) {
      this.#sys.close(socket)
      throw error
    }
    if (taken === plan.length) this.#sys.close(socket)
    else
      new Socket({ fd: socket, readable: false, writable: true })
        .on('error', () => {})
        .end(plan.subarray(taken))
  }

  /** Sends a signal to the command. Resolves with the errno, 0 for success; null when the monitor is gone. */
  kill(signal: number): Promise<number | null> {
    return this.#channel.kill(signal)
  }

  /**
   * SIGKILL to the command and everything in its cgroups. A monitor that has not ended long after that is stuck (a mount of a dead server, a
   * stopped process) and killed itself; what it looked after is then cleaned up from here.
   */
  killAll(): Promise<number | null> {
    if (!this.#channel.finished) this.#stuck ??= setTimeout(() => this.#kill(), STUCK_AFTER_MS)
    return this.#channel.killAll()
  }

  /** Sets the size of a terminal that the monitor keeps. Resolves as `kill`. */
  resize(rows: number, columns: number): Promise<number | null> {
    return this.#channel.resize(rows, columns)
  }

  /** Lets a monitor go that outlives this process: it goes on, and `exited` stays pending. */
  release(): void {
    this.#released = true
    this.#channel.destroy()
  }

  /** Its pid is its own until it was reaped, which happens after the socket has closed. */
  #kill(): void {
    if (this.#socket.destroyed || this.#pid === null) return
    try {
      process.kill(this.#pid, 'SIGKILL')
    } catch {
      // it ends just now
    }
  }

  #heard(message: Exclude<MonitorMessage, { type: 'reply' }>): void {
    switch (message.type) {
      case 'created':
        this.#created(message.pid)
        break
      case 'started':
        this.#settleOutcome(message)
        break
      case 'failed':
        this.#settleOutcome(message)
        this.#settleExited(null)
        break
      case 'exited':
        this.#settleExited(message)
        break
      case 'held':
        this.#settleHeld(true)
        break
      case 'oom':
        for (let left = message.kills; left > 0; left--) this.#onOom()
        break
    }
  }

  #created(pid: number): void {
    Promise.resolve(this.#onCreated?.(pid)).then(
      () => this.#channel.send(encodeGo()),
      (error: unknown) => {
        this.createdError = error
        this.#channel.send(encodeAbort())
      },
    )
  }

  #close(): void {
    this.#isClosed = true
    if (this.#stuck !== null) clearTimeout(this.#stuck)
    this.#settleHeld(false)
    this.#settleOutcome({ type: 'vanished' })
    if (!this.#released) this.#settleExited(null)
    if (this.#restSocket !== null) this.#sys.close(this.#restSocket)
    this.#restSocket = null
    if (this.#pid !== null) reapLater(this.#sys, this.#pid)
    this.#settleClosed()
  }
}
