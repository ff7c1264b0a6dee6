import { type ChildProcess, spawn } from 'node:child_process'
import { closeSync, constants, fstatSync, openSync } from 'node:fs'
import { Socket } from 'node:net'
import type { Duplex, Readable, Writable } from 'node:stream'
import type { ProcessIdentity } from '@execd/linux/proc'
import { errnoName } from '../errno.js'
import { fileError, ociError } from '../errors.js'
import { Connection, GONE } from './connection.js'
import { type KeeperPlan, planFields } from './plan.js'
import { keeperProgram } from './program.js'
import { type KeeperEnd, type KeeperFailure, parseReport } from './report.js'

/** The other ends of a process's descriptors; null where they do not come here. */
export interface KeeperStreams {
  readonly stdin: Writable | null
  readonly stdout: Readable | null
  readonly stderr: Readable | null
}

/** How it went with a process: it failed to start, it ended, or (null) the keeper was lost, and nobody knows. */
export type KeeperOutcome = KeeperEnd | KeeperFailure | null

const CONTROL = 3
const [READ, WRITE] = [constants.O_RDONLY | constants.O_NONBLOCK, constants.O_WRONLY | constants.O_NONBLOCK]

/** One keeper and the process that it keeps, seen from its owner. */
export class Keeper {
  /** Process id of the keeper; null for one that was found again. */
  readonly pid: number | null
  /** Resolves with the pid when the process is there and has not run; never when it does not come to that. */
  readonly created: Promise<number>
  /** Resolves when the program runs; never when it does not come to that. */
  readonly started: Promise<ProcessIdentity>
  /** Resolves when the process and all that was made for it is gone, or the keeper is. */
  readonly outcome: Promise<KeeperOutcome>
  readonly #connection: Connection | null
  readonly #child: ChildProcess | null
  #begun = false
  #released = false

  /** `outcome` is that of a keeper which is gone. */
  constructor(
    connection: Connection | null,
    child: ChildProcess | null,
    oom: () => void,
    outcome: KeeperOutcome = null,
  ) {
    this.#connection = connection
    this.#child = child
    this.pid = child?.pid ?? null
    if (connection === null) {
      this.created = new Promise(() => {})
      this.started = new Promise(() => {})
      this.outcome = Promise.resolve(outcome)
      return
    }
    this.created = new Promise((resolve) => connection.on('created', ([pid]) => resolve(Number(pid))))
    this.started = new Promise((resolve) =>
      connection.on('started', ([pid, startTime = '0']) =>
        resolve({ pid: Number(pid), startTime: BigInt(startTime) }),
      ),
    )
    connection.on('oom', () => oom())
    this.outcome = new Promise((resolve) => {
      for (const word of ['ended', 'failed'])
        connection.on(word, (rest) => resolve(parseReport([word, ...rest], errnoName)))
      void connection.closed.then(() => {
        if (!this.#released) resolve(null)
      })
    })
  }

  /**
   * Starts a keeper, which removes a folder if this process dies before it was given a plan; `descriptors` become 4 and more in it.
   *
   * @throws ExecdError EXECD_HELPER_MISSING, EXECD_START_FAILED
   */
  static async spawn(folder: string, descriptors: readonly number[], oom: () => void): Promise<Keeper> {
    const child = spawn(keeperProgram(), [], {
      stdio: ['ignore', 'ignore', 'ignore', 'pipe', ...descriptors],
      env: {},
      cwd: '/',
      detached: true, // a session of its own: what a terminal of ours signals is not for it
    })
    await new Promise<void>((resolve, reject) => {
      child
        .once('spawn', resolve)
        .once('error', (cause) => reject(fileError('EXECD_START_FAILED', 'start the keeper', cause)))
    })
    const keeper = new Keeper(new Connection(child.stdio[CONTROL] as Duplex), child, oom)
    keeper.#connection?.send(['watch', folder])
    return keeper
  }

  /** Gives it its plan. Resolves when it has made what the process gets, and that is opened here. Throws EXECD_START_FAILED. */
  async begin(plan: KeeperPlan): Promise<KeeperStreams> {
    this.#begun = true
    const pipes = new Promise<string[]>((resolve) => this.#connection?.on('pipes', resolve))
    this.#connection?.send(planFields(plan))
    const numbers = await Promise.race([pipes, this.outcome])
    try {
      return Array.isArray(numbers) ? openPipes(this.pid ?? 0, numbers.map(Number)) : NO_STREAMS
    } finally {
      this.#connection?.send(['opened']) // it waits for this also when they could not be opened
    }
  }

  /** The process may go on from "created" to "started". */
  go(): void {
    this.#connection?.send(['go'])
  }

  /** Ends everything; `outcome` tells when it is done. No error when it has ended. */
  end(): void {
    this.#connection?.send(['end'])
  }

  /** Ends everything, whether it has a plan or not. */
  giveUp(): void {
    if (this.#begun) this.end()
    else this.#connection?.close()
  }

  /** Sends a signal to the process, which cannot be another's: its keeper is its parent. Gives an errno, 0 when it was sent. */
  kill(signal: number): Promise<number> {
    return this.#ask('kill', [String(signal)])
  }

  /** Sets the size of the terminal. Gives an errno, 0 when it was set. */
  resize(rows: number, columns: number): Promise<number> {
    return this.#ask('resize', [String(rows), String(columns)])
  }

  #ask(verb: string, rest: readonly string[]): Promise<number> {
    return this.#connection?.ask(verb, rest) ?? Promise.resolve(GONE)
  }

  /** Is its owner no more: a detached process goes on, another one ends. Nothing is told from then on. */
  release(): void {
    this.#released = true
    this.#connection?.close()
    this.#child?.unref()
  }
}

const NO_STREAMS: KeeperStreams = { stdin: null, stdout: null, stderr: null }

/** Opens the pipes that a keeper has made, in this process. */
function openPipes(keeper: number, numbers: readonly number[]): KeeperStreams {
  const made: Socket[] = []
  const open = (number: number, flags: number): Socket | null => {
    if (number < 0) return null
    const fd = openSync(`/proc/${keeper}/fd/${number}`, flags)
    if (!fstatSync(fd).isFIFO()) {
      closeSync(fd)
      throw new Error(`descriptor ${number} of the keeper is no pipe`)
    }
    const socket = new Socket({ fd, readable: flags === READ, writable: flags === WRITE })
    made.push(socket)
    return socket
  }
  const [stdin = -1, stdout = -1, stderr = -1] = numbers
  try {
    return { stdin: open(stdin, WRITE), stdout: open(stdout, READ), stderr: open(stderr, READ) }
  } catch (cause) {
    for (const socket of made) socket.destroy()
    throw ociError('EXECD_START_FAILED', 'could not open the pipes of the process: the keeper has ended', {
      details: { step: 'open the pipes' },
      cause,
    })
  }
}
