import { type ChildProcess, spawn } from 'node:child_process'
import { closeSync, openSync } from 'node:fs'
import { type Duplex, PassThrough, pipeline, type Readable, Transform, type Writable } from 'node:stream'
import { setTimeout as sleep } from 'node:timers/promises'
import type { ErrorCode } from '@execd/core'
import {
  type DriverProcess,
  ExecdError,
  type ExitStatus,
  type ProcessIO,
  type ProcessSpec,
  type Stdio,
} from '@execd/core/driver'
import type { FakeKnobs } from './knobs.js'
import { environmentOf, resolveProgram } from './resolve-program.js'
import { intoFiles, isRotated } from './rotating-file.js'
import { killTagged, newTag, send } from './tag.js'

/** Waits for a word before it becomes the program, so that there is a process while prestart is awaited; descriptor 3 closes with that. */
const LAUNCHER =
  'ulimit -c "$1" || exit 125; umask "$2"; cd "$3" || exit 125; shift 3; read -r go <&3 || exit 125; exec 3<&-; exec "$@"'

/** What a process is started from. */
export interface FakeStart {
  /** The busybox of this host, which changes the root. */
  readonly busybox: string
  readonly root: string
  readonly container: string
  readonly spec: ProcessSpec
  readonly io: ProcessIO
  readonly knobs: FakeKnobs
  readonly prestart: (pid: number) => Promise<void> | undefined
  /** Gives the start up. */
  readonly signal: AbortSignal
}

/** A real process with a changed root and nothing else around it. */
export class FakeProcess implements DriverProcess {
  /** The mark of it and its descendants. */
  readonly tag: number
  readonly pid: number
  readonly stdin: Writable | null
  readonly stdout: Readable | null
  readonly stderr: Readable | null
  readonly exited: Promise<ExitStatus>
  readonly #child: ChildProcess

  private constructor(child: ChildProcess, tag: number, { io, knobs }: FakeStart) {
    const began = performance.now()
    this.#child = child
    this.tag = tag
    this.pid = child.pid ?? 0
    this.stdin = child.stdin
    const written: Array<Promise<void>> = []
    const outOf = (stream: Readable | null, stdio: Stdio): Readable | null => {
      if (!isRotated(stdio)) return relayed(stream, knobs.outputLimit)
      written.push(intoFiles(stream, stdio))
      return null
    }
    this.stdout = outOf(child.stdout, io.stdout)
    this.stderr = outOf(child.stderr, io.stderr)
    this.exited = ended(child).then(async ({ exitCode, signal }) => {
      if (knobs.leavesDescendants?.() !== true) await killTagged([tag])
      await Promise.all(written)
      await sleep(knobs.exitDelay ?? 0)
      const status = {
        exitCode,
        signal,
        oom: null,
        usage: usage(performance.now() - began),
        cleanup: [],
        lost: false,
      }
      return knobs.report?.(status) ?? status
    })
  }

  /** Whether the process itself has not ended. */
  get alive(): boolean {
    return this.#child.exitCode === null && this.#child.signalCode === null
  }

  /** Resolves when the program runs. Rejects, with nothing left, when it cannot. */
  static async start(options: FakeStart): Promise<FakeProcess> {
    const { container, io, knobs, prestart, signal } = options
    const { tag, program, args } = launchOf(options)
    if (knobs.startDelay !== undefined) await sleep(knobs.startDelay, undefined, { signal }).catch(() => {})
    if (signal.aborted) throw givenUp(container)
    const child = await spawned(program, args, io)
    const process = new FakeProcess(child, tag, options)
    const giveUp = (): void => void killTagged([tag])
    signal.addEventListener('abort', giveUp)
    try {
      await prestart(process.pid)
      if (knobs.startError !== undefined) throw knobError(knobs.startError, container)
      if (signal.aborted) throw givenUp(container)
      await released(child)
      if (signal.aborted) throw givenUp(container)
    } catch (error) {
      send(process.pid, 'SIGKILL')
      await process.exited
      for (const stream of [process.stdin, process.stdout, process.stderr]) stream?.destroy()
      throw error
    } finally {
      signal.removeEventListener('abort', giveUp)
    }
    return process
  }
}

/**
 * The command line that starts a program with a changed root and a new mark. Only root may change the root outside a user namespace (chroot(2)).
 *
 * @throws ExecdError as `resolveProgram`
 */
export function launchOf({ busybox, root, container, spec }: FakeStart): {
  readonly tag: number
  readonly program: string
  readonly args: readonly string[]
} {
  const path = resolveProgram(root, spec, container)
  const env = Object.entries(environmentOf(spec)).map(([name, value]) => `${name}=${value}`)
  const tag = newTag()
  const launcher = ['sh', '-c', LAUNCHER, 'sh', String(tag), spec.umask.toString(8), spec.cwd]
  const inside = [...launcher, '/bin/busybox', 'env', '-i', ...env, path, ...spec.args.slice(1)]
  const chroot = ['chroot', root, '/bin/busybox', ...inside]
  const isRoot = process.geteuid?.() === 0
  return { tag, program: busybox, args: isRoot ? chroot : ['unshare', '-r', busybox, ...chroot] }
}

/** A new session, so that signals of this one's terminal do not reach it. */
export async function spawned(
  program: string,
  args: readonly string[],
  io: ProcessIO,
): Promise<ChildProcess> {
  const opened: number[] = []
  const way = (stdio: Stdio, input: boolean): 'pipe' | 'ignore' | number => {
    if (stdio.type === 'pipe' || stdio.type === 'ignore') return stdio.type
    if (isRotated(stdio)) return 'pipe'
    if (stdio.type === 'fd') return stdio.fd
    const fd = openSync(stdio.path, input ? 'r' : stdio.append ? 'a' : 'w')
    opened.push(fd)
    return fd
  }
  try {
    const stdio = [way(io.stdin, true), way(io.stdout, false), way(io.stderr, false), 'pipe' as const]
    const child = spawn(program, args, { stdio, env: {}, cwd: '/', detached: true })
    await new Promise((resolve, reject) => child.once('spawn', resolve).once('error', reject))
    return child
  } finally {
    for (const fd of opened) closeSync(fd)
  }
}

/** Lets the launcher go on; resolves when it has become the program, rejects when it ended instead. */
export async function released(child: ChildProcess): Promise<void> {
  const gate = child.stdio[3] as Duplex
  gate.on('error', () => {})
  const closed = new Promise((resolve) => gate.once('close', resolve))
  gate.resume()
  gate.write('go\n')
  await closed
  if (child.exitCode !== 125) return
  throw new ExecdError(
    'EXECD_START_FAILED',
    'the launcher could not set its limits or its working directory',
    {
      details: { driver: 'fake', step: 'launch' },
    },
  )
}

/** The error that the knob `startError` wants. */
export function knobError(code: ErrorCode, container: string): ExecdError {
  return new ExecdError(code, 'the knob `startError` says so', { details: { driver: 'fake', container } })
}

/** The error of a start that was given up. */
export function givenUp(container: string): ExecdError {
  return new ExecdError('EXECD_START_FAILED', `the start of ${container} was given up`, {
    details: { driver: 'fake', container },
  })
}

function ended(child: ChildProcess): Promise<Pick<ExitStatus, 'exitCode' | 'signal'>> {
  return new Promise((resolve) => {
    child.once('exit', (exitCode, signal) => {
      child.stdio[3]?.destroy()
      resolve({ exitCode, signal })
    })
  })
}

/** Node throws away what is unread when a child ends; in a stream of ours it stays readable. */
function relayed(stream: Readable | null, limit = Number.POSITIVE_INFINITY): Readable | null {
  if (stream === null) return null
  let left = limit
  const relay =
    limit === Number.POSITIVE_INFINITY
      ? new PassThrough()
      : new Transform({
          transform(chunk: Buffer, _encoding, done) {
            const part = chunk.subarray(0, left)
            left -= part.length
            done(null, part)
          },
        })
  pipeline(stream, relay, () => {})
  return relay
}

/** What the fake can measure: the time. */
export function usage(wall: number): ExitStatus['usage'] {
  return {
    wall,
    cpu: { user: null, system: null },
    memory: { peak: null, maxRss: null },
    pids: { peak: null, refused: null },
  }
}
