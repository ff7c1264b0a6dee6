import type { Readable, Writable } from 'node:stream'
import { setImmediate } from 'node:timers/promises'
import {
  type DriverProcess,
  ExecdError,
  type ExitStatus,
  lostStatus,
  type ProcessIO,
  type TerminalSize,
} from '@execd/core/driver'
import type { ReportKey } from '@execd/linux/cgroup'
import { describeFailure } from '../init/failure.js'
import { type Exited, Monitor, type MonitorRequest } from '../init/monitor.js'
import { isRotated, type PipeOwner, prepareStdio, type StdioStreams } from '../io/stdio.js'
import { Terminal } from '../io/terminal.js'
import type { Plan } from '../isolation/builder.js'
import type { Syscalls } from '../sys/syscalls.js'
import { exitStatus, stepName } from './exit-status.js'
import { checkSignalled } from './signal-result.js'
import { startError } from './start-error.js'

const SIGKILL = 9

/** What starts processes: the system calls and the helper's program. */
export interface Starter {
  readonly sys: Syscalls
  readonly program: number
}

/** A process whose monitor died. */
export interface LostProcess {
  readonly pid: number
  readonly startTime: bigint
}

/** A prepared container, and how many steps its own plan has. */
export interface PreparedMonitor {
  readonly monitor: Monitor
  readonly steps: number
}

/** A prepared container failed before it took its command: nothing of it has run. */
export class PreparedFailed extends Error {}

export interface ProcessRequest {
  /** A prepared container, which `encode` has the rest of the plan for; null: a new one. */
  readonly prepared: PreparedMonitor | null
  readonly starter: Starter
  /** Asked for when something fails, and for the names of its steps. */
  readonly plan: () => Plan
  /** The bytes of the plan. Throws EXECD_INVALID_COMMAND when it is too large. */
  readonly encode: () => Buffer
  /** What the reads of the plan are, in their order. */
  readonly reportKeys: readonly ReportKey[]
  readonly io: ProcessIO
  readonly terminal: boolean
  /** The monitor keeps the terminal, which nobody reads. */
  readonly keepsTerminal: boolean
  /** Host ids that the pipes are given to, for a process that could not take what root owns; null: as they are. */
  readonly pipeOwner: PipeOwner | null
  /** Id of the container, for messages. */
  readonly container: string
  readonly onCreated: ((pid: number) => Promise<void>) | null
  /** Called for each process of the watched group that the kernel killed for want of memory. */
  readonly onOom: () => void
  /** What the monitor kept of the end for whoever asks later, when it has vanished without a word; null: nothing. */
  readonly kept: () => Exited | null
  /** Makes sure that nothing runs any more when the monitor died; null: it died before the command ran. */
  readonly cleanUpLost: (process: LostProcess | null) => Promise<void>
}

/** Which standard descriptors are given to the user of the process: the terminal, or the pipes made for it. */
export function ownedStdio(io: ProcessIO, terminal: boolean): [boolean, boolean, boolean] {
  if (terminal) return [true, false, false] // one terminal behind all three
  const own = (stdio: ProcessIO['stdin']): boolean => stdio.type === 'pipe' || isRotated(stdio)
  return [own(io.stdin), own(io.stdout), own(io.stderr)]
}

/** A process that a monitor looks after: the first of a container, or one of its execs. */
export class RunningProcess implements DriverProcess {
  readonly pid: number
  readonly startTime: bigint
  readonly stdin: Writable | null
  readonly stdout: Readable | null
  readonly stderr: Readable | null
  readonly exited: Promise<ExitStatus>
  readonly #monitor: Monitor
  readonly #terminal: Terminal | null
  readonly #keepsTerminal: boolean
  readonly #finishStdio: () => void
  #ended = false
  #killed = false

  private constructor(
    monitor: Monitor,
    started: { pid: number; startTime: bigint },
    streams: StdioStreams,
    terminal: Terminal | null,
    request: ProcessRequest,
    startedAt: number,
  ) {
    this.#monitor = monitor
    this.#terminal = terminal
    this.#keepsTerminal = request.keepsTerminal && request.terminal
    this.#finishStdio = streams.finish
    this.pid = started.pid
    this.startTime = started.startTime
    this.stdin = streams.stdin
    this.stdout = streams.stdout
    this.stderr = streams.stderr
    this.exited = this.#watch(request, startedAt)
  }

  /** Starts the process. Rejects with the ExecdError of what went wrong, leaving nothing behind. */
  static async start(
    request: ProcessRequest,
    onMonitor: (monitor: Monitor) => void,
  ): Promise<RunningProcess> {
    const { sys, program } = request.starter
    const encoded = request.encode()
    await setImmediate() // as in run
    const stdio = await openStdio(request)
    let sockets: [number, number] | null = null
    let launching: Promise<Monitor> | null = null
    try {
      sockets = request.terminal && !request.keepsTerminal ? terminalSockets(request) : null
      const startedAt = performance.now()
      launching = launch(request, encoded, {
        stdio: stdio.child,
        terminalSocket: sockets?.[1] ?? null,
        program,
      })
      launching.catch(() => {}) // awaited below
      await setImmediate()
      const pipes = stdio.connect()
      const monitor = await launching
      onMonitor(monitor)
      await stdio.release()
      const outcome = await monitor.outcome
      if (outcome.type !== 'started') {
        if (monitor.createdError !== undefined) throw monitor.createdError
        if (outcome.type === 'failed' && failedBefore(outcome, request.prepared)) throw new PreparedFailed()
        if (outcome.type === 'failed') throw describeFailure(request.plan(), outcome, request.container)
        await request.cleanUpLost(null)
        throw new ExecdError('EXECD_START_FAILED', 'the init helper ended before the command ran', {
          hint: 'it may have been killed for want of memory; look at the kernel log (dmesg)',
          details: { driver: 'native', container: request.container },
        })
      }
      const terminal = sockets === null ? null : openTerminal(request, sockets[0])
      const streams = terminal === null ? pipes : terminalStreams(terminal, request.io)
      return new RunningProcess(monitor, outcome, streams, terminal, request, startedAt)
    } catch (error) {
      stdio.destroy()
      const running = await launching?.catch(() => null)
      if (running != null) await abandon(running, request)
      throw error
    } finally {
      await stdio.release()
      for (const fd of sockets ?? []) sys.close(fd)
    }
  }

  async #watch(request: ProcessRequest, startedAt: number): Promise<ExitStatus> {
    const exited = (await this.#monitor.exited) ?? request.kept()
    const wall = performance.now() - startedAt
    this.#ended = true
    const failed = exited === null ? await cleanUp(request, this) : []
    this.#finishStdio()
    return exited === null
      ? lostStatus(wall, failed)
      : exitStatus((index) => stepName(request.plan(), index), exited, {
          wall,
          killed: this.#killed,
          reportKeys: request.reportKeys,
        })
  }

  /** Sends a signal. Rejects with EXECD_NOT_RUNNING when the process has ended. */
  async kill(signal: number): Promise<void> {
    if (signal === SIGKILL) this.#killed = true
    checkSignalled(this.pid, await this.#monitor.kill(signal), this.#ended)
  }

  /** SIGKILL to all of it, then waits for the end. No error when it has ended. */
  async killAll(): Promise<void> {
    this.#killed = true
    await this.#monitor.killAll()
    await this.exited
  }

  /** Gives the process out of hand, whose monitor outlives this one: it goes on, and `exited` stays pending. */
  release(): void {
    this.#monitor.release()
  }

  /** Sets the size of the terminal. Rejects with EXECD_INVALID_STATE without one. */
  async resize(size: TerminalSize): Promise<void> {
    if (this.#keepsTerminal) {
      await this.#monitor.resize(size.height, size.width)
      return
    }
    if (this.#terminal === null) {
      throw new ExecdError('EXECD_INVALID_STATE', 'the process has no terminal', {
        hint: 'start it with `process.terminal: true`',
        details: { driver: 'native' },
      })
    }
    this.#terminal.resize(size.height, size.width)
  }
}

async function openStdio(request: ProcessRequest) {
  try {
    return await prepareStdio(request.starter.sys, request.io, {
      terminal: request.terminal,
      pipeOwner: request.pipeOwner,
    })
  } catch (error) {
    throw startError(error, request.container, 'could not open the standard descriptors')
  }
}

function terminalSockets(request: ProcessRequest): [number, number] {
  try {
    return request.starter.sys.socketpair()
  } catch (error) {
    throw startError(error, request.container, 'could not make the terminal')
  }
}

function openTerminal(request: ProcessRequest, socket: number): Terminal {
  const { sys } = request.starter
  try {
    return new Terminal(sys, sys.receiveDescriptor(socket))
  } catch (error) {
    throw startError(error, request.container, 'could not take over the terminal')
  }
}

/** A command that runs although its start fails here (its terminal could not be had) must not go on by itself. */
async function abandon(monitor: Monitor, request: ProcessRequest): Promise<void> {
  const outcome = await monitor.outcome
  if (outcome.type !== 'started') return
  await monitor.killAll()
  if ((await monitor.exited) === null) await cleanUp(request, outcome)
}

/** After a monitor died. What fails of it is part of the status: nobody may be waiting for a rejection. */
async function cleanUp(request: ProcessRequest, lost: LostProcess): Promise<ExitStatus['cleanup']> {
  try {
    await request.cleanUpLost({ pid: lost.pid, startTime: lost.startTime })
    return []
  } catch (error) {
    const errno = ExecdError.is(error) ? error.details.errno : (error as { code?: unknown })?.code
    return [{ step: 'clean up after the monitor', errno: typeof errno === 'string' ? errno : 'EIO' }]
  }
}

async function launch(
  request: ProcessRequest,
  plan: Buffer,
  descriptors: Pick<MonitorRequest, 'program' | 'stdio' | 'terminalSocket'>,
): Promise<Monitor> {
  try {
    const { starter, onCreated, onOom, prepared } = request
    if (prepared !== null) {
      prepared.monitor.proceed({ plan, stdio: descriptors.stdio, onOom })
      return prepared.monitor
    }
    return await Monitor.start({ sys: starter.sys, plan, ...descriptors, onCreated, onOom })
  } catch (error) {
    if (request.prepared !== null) throw new PreparedFailed()
    throw startError(error, request.container, 'could not start the init helper')
  }
}

/** A step of its own, or none: it was killed while it waited. */
function failedBefore({ step }: { step: number }, prepared: PreparedMonitor | null): boolean {
  return prepared !== null && step < prepared.steps
}

function terminalStreams(terminal: Terminal, io: ProcessIO): StdioStreams {
  if (io.stdout.type !== 'pipe') terminal.resume() // nobody will read it, and a full terminal stops the program
  return {
    stdin: io.stdin.type === 'pipe' ? terminal : null,
    stdout: io.stdout.type === 'pipe' ? terminal : null,
    stderr: null,
    finish: () => terminal.finish(),
  }
}
