import { createReadStream, createWriteStream } from 'node:fs'
import { constants } from 'node:os'
import { PassThrough, type Readable, Writable } from 'node:stream'
import { sleep } from '../util/deadline.js'
import { onAbort } from '../util/on-abort.js'
import type { DriverProcess, ProcessIO, Stdio } from './driver.js'
import type { CleanupProblem, ExitStatus, OomReport } from './exit.js'
import { RotatingFile } from './rotating-file.js'

type Output = string | Uint8Array

/** What a pretended process does. Everything left out: it writes nothing and ends at once with 0. */
export interface Pretence {
  /** Written to the stream, with back-pressure. */
  readonly stdout?: Output | Iterable<Output> | AsyncIterable<Output>
  readonly stderr?: Output | Iterable<Output> | AsyncIterable<Output>
  /** Copies stdin to stdout, to its end, before it writes `stdout`. */
  readonly echo?: boolean
  /** Milliseconds that it runs after its output is written. Infinity: until a signal ends it. Default: 0. */
  readonly runs?: number
  /** Default: 0. */
  readonly exitCode?: number
  /** Ends by this signal, not with an exit code. */
  readonly signal?: NodeJS.Signals
  /** What a signal ends it with, by name: an exit code, or null: the signal is ignored. Default: the signal ends it. SIGKILL always does. */
  readonly traps?: Readonly<Partial<Record<NodeJS.Signals, number | null>>>
  readonly oom?: OomReport
  readonly cleanup?: readonly CleanupProblem[]
  readonly lost?: boolean
  /** Milliseconds that the start takes. Default: 0. */
  readonly startDelay?: number
  /** What the start rejects with, after prestart. */
  readonly startError?: unknown
  /** How often the OOM event is reported at the start. Default: 0. */
  readonly oomEvents?: number
}

/** How a process ends: an exit code or a signal. */
type End =
  | { readonly exitCode: number; readonly signal: null }
  | { readonly exitCode: null; readonly signal: NodeJS.Signals }

/** A process that is none: real streams, real time, signals by their rules, nothing executed. */
export class NoopProcess implements DriverProcess {
  readonly pid: number
  readonly stdin: Writable | null
  readonly stdout: Readable | null
  readonly stderr: Readable | null
  readonly exited: Promise<ExitStatus>
  readonly #pretence: Pretence
  readonly #started = performance.now()
  readonly #death = new AbortController()
  #end: End
  #thaw: (() => void) | null = null
  #thawed: Promise<void> = Promise.resolve()
  /** Signals that came while it was frozen. */
  readonly #pending: NodeJS.Signals[] = []

  constructor(pid: number, io: ProcessIO, pretence: Pretence) {
    const { signal = null, exitCode = 0 } = pretence
    this.pid = pid
    this.#pretence = pretence
    this.#end = signal === null ? { exitCode, signal } : { exitCode: null, signal }
    const input = source(io.stdin)
    const stdout = sink(io.stdout)
    const stderr = sink(io.stderr)
    this.stdin = input.theirs
    this.stdout = stdout.theirs
    this.stderr = stderr.theirs
    this.exited = this.#live(input.mine, stdout.mine, stderr.mine)
  }

  /** Milliseconds since the start. */
  get age(): number {
    return performance.now() - this.#started
  }

  get alive(): boolean {
    return !this.#death.signal.aborted
  }

  /** How it ended, or null while it lives. */
  get end(): End | null {
    return this.alive ? null : this.#end
  }

  deliver(number: number): void {
    const name = Object.entries(constants.signals).find(
      ([, value]) => value === number,
    )?.[0] as NodeJS.Signals
    const trap = this.#pretence.traps?.[name]
    if (name === 'SIGKILL') this.#die({ exitCode: null, signal: name })
    else if (this.#thaw !== null) this.#pending.push(name)
    else if (trap !== null)
      this.#die(trap === undefined ? { exitCode: null, signal: name } : { exitCode: trap, signal: null })
  }

  /** Frozen, it does not end by itself, and signals other than SIGKILL wait. */
  freeze(): void {
    this.#thawed = new Promise((resolve) => {
      this.#thaw = resolve
    })
  }

  thaw(): void {
    this.#thaw?.()
    this.#thaw = null
    for (const name of this.#pending.splice(0)) this.deliver(constants.signals[name])
  }

  #die(end: End): void {
    if (!this.alive) return
    this.#end = end
    this.#death.abort()
    this.#thaw?.()
  }

  async #live(stdin: Readable, stdout: Writable, stderr: Writable): Promise<ExitStatus> {
    const { signal } = this.#death
    const { echo, runs = 0, stdout: out = [], stderr: err = [] } = this.#pretence
    if (echo) await write(stdin, stdout, signal)
    await Promise.all([write(pieces(out), stdout, signal), write(pieces(err), stderr, signal)])
    await sleep(runs, signal)
    await this.#thawed
    this.#death.abort()
    stdin.destroy()
    await Promise.all([close(stdout), close(stderr)])
    return this.#status()
  }

  #status(): ExitStatus {
    const { oom = null, cleanup = [], lost = false } = this.#pretence
    const usage = {
      wall: this.age,
      cpu: { user: 0, system: 0 },
      memory: { peak: null, maxRss: null },
      pids: { peak: 1, refused: 0 },
    }
    return { ...this.#end, oom, usage, cleanup, lost }
  }
}

function pieces(what: NonNullable<Pretence['stdout']>): Iterable<Output> | AsyncIterable<Output> {
  return typeof what === 'string' || what instanceof Uint8Array ? [what] : what
}

/** Writes with back-pressure until the death. Like a program it gives up after EPIPE, and what it had written stays readable when it dies. */
async function write(
  what: Iterable<Output> | AsyncIterable<Output>,
  to: Writable,
  death: AbortSignal,
): Promise<void> {
  to.on('error', () => {})
  const died = new Promise<null>((resolve) => onAbort(death, () => resolve(null)))
  const source = Symbol.asyncIterator in what ? what[Symbol.asyncIterator]() : what[Symbol.iterator]()
  while (!death.aborted) {
    // A source that breaks is at its end, as a closed pipe is.
    const next = await Promise.race([source.next(), died]).catch(() => null)
    if (next === null || next.done === true || !to.writable) return
    if (!to.write(next.value)) await Promise.race([room(to), died])
  }
}

function room(to: Writable): Promise<void> {
  return new Promise((resolve) => {
    const done = (): void => {
      to.off('drain', done).off('close', done)
      resolve()
    }
    to.on('drain', done).on('close', done)
  })
}

function sink(stdio: Stdio): { mine: Writable; theirs: Readable | null } {
  if (stdio.type === 'pipe') {
    const pipe = new PassThrough()
    return { mine: pipe, theirs: pipe }
  }
  if (stdio.type === 'ignore')
    return { mine: new Writable({ write: (_chunk, _encoding, done) => done() }), theirs: null }
  if (stdio.type === 'file' && stdio.rotate !== null)
    return {
      mine: new RotatingFile(stdio.path, { append: stdio.append, rotation: stdio.rotate }),
      theirs: null,
    }
  const mine =
    stdio.type === 'file'
      ? createWriteStream(stdio.path, { flags: stdio.append ? 'a' : 'w' })
      : createWriteStream('', { fd: stdio.fd, autoClose: false })
  return { mine, theirs: null }
}

function source(stdio: Stdio): { mine: Readable; theirs: Writable | null } {
  if (stdio.type === 'file') return { mine: createReadStream(stdio.path), theirs: null }
  if (stdio.type === 'fd')
    return { mine: createReadStream('', { fd: stdio.fd, autoClose: false }), theirs: null }
  const pipe = new PassThrough()
  if (stdio.type === 'ignore') pipe.end()
  return { mine: pipe, theirs: stdio.type === 'pipe' ? pipe : null }
}

/** Ends a stream; resolves when what was written has left this side, not when it was read. */
function close(stream: Writable): Promise<void> {
  return new Promise((resolve) => {
    if (stream instanceof PassThrough) {
      stream.end()
      resolve()
    } else {
      stream.once('error', () => resolve())
      stream.end(() => resolve())
    }
  })
}
