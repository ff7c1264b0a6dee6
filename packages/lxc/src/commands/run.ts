import type { Duplex, Readable, Writable } from 'node:stream'
import { findProgram, searchFolders } from '@execd/linux/programs'
import { execa } from 'execa'
import { lxcError } from '../errors.js'
import { RUNTIME_FOLDER } from '../host/run-dir.js'

/** How a tool ended. */
export interface ToolEnd {
  readonly exitCode: number | null
  readonly signal: string | null
}

/** A tool that runs on. */
export interface RunningTool {
  readonly pid: number
  readonly ended: Promise<ToolEnd>
  /** The other end of stdin where that is "pipe". */
  readonly stdin: Writable | null
  /** The other end of stdout where that is "pipe". */
  readonly stdout: Readable | null
  /** The other end of descriptor 3 where that is "pipe": both ways. */
  readonly control: Duplex | null
  /** Sends a signal; false when it has ended. Its pid cannot be another's: this process has not reaped it. */
  signal(name: NodeJS.Signals): boolean
  /** Whether this process goes on as long as the tool runs. Default: true. */
  keepAlive(keep: boolean): void
}

type ToolDescriptor = number | 'ignore' | 'pipe'

/** Descriptors 0, 1, 2 and more. */
export type ToolStdio = readonly [ToolDescriptor, ToolDescriptor, ToolDescriptor, ...ToolDescriptor[]]

/** What ToolRunner.spawn takes. */
export interface SpawnRequest {
  readonly program: string
  readonly args: readonly string[]
  readonly stdio: ToolStdio
  /** Default: "/". */
  readonly cwd?: string
  /** PATH of the tool. Default: where the tools are searched. */
  readonly path?: string
}

const TIMEOUT_MS = 20_000
const TAIL = 2000
const INSTALL =
  'install LXC: apt-get install lxc (Debian, Ubuntu), dnf install lxc (Fedora), apk add lxc (Alpine)'

/** Runs the tools. The only place that starts processes. */
export class ToolRunner {
  /** Where the tools are searched, which is also their PATH. */
  readonly searchPath: string
  readonly #found = new Map<string, Promise<string>>()

  constructor(searchPath: string) {
    this.searchPath = searchPath
  }

  /** The full path of a tool. Rejects with EXECD_HELPER_MISSING. Looked up once; a tool that was missing is looked for again. */
  find(name: string): Promise<string> {
    const known = this.#found.get(name)
    if (known !== undefined) return known
    const found = this.#search(name)
    this.#found.set(name, found)
    found.catch(() => this.#found.delete(name))
    return found
  }

  /** Whether all of these are installed. */
  async has(...names: readonly string[]): Promise<boolean> {
    const found = await Promise.allSettled(names.map((name) => this.find(name)))
    return found.every(({ status }) => status === 'fulfilled')
  }

  async #search(name: string): Promise<string> {
    const path = findProgram(name, searchFolders(this.searchPath))
    if (path !== null) return path
    const hint = name.startsWith('lxc-') ? INSTALL : `install the package that holds ${name}`
    throw lxcError('EXECD_HELPER_MISSING', `${name} is not installed, or not where it was searched`, {
      hint,
      details: { program: name, step: 'find the tool', searched: this.searchPath },
    })
  }

  /** The environment of the tools: theirs only, never that of this process; texts in English, which the log is read by. */
  get #environment(): Record<string, string> {
    return { PATH: this.searchPath, LC_ALL: 'C', HOME: '/', XDG_RUNTIME_DIR: RUNTIME_FOLDER }
  }

  /**
   * Starts a tool in a session of its own: it has no terminal of ours, and what lxc-start sends to its process group does not reach us. Throws EXECD_START_FAILED.
   */
  async spawn(request: SpawnRequest): Promise<RunningTool> {
    const path = await this.find(request.program)
    const child = execa(path, [...request.args], {
      stdio: request.stdio as unknown as ['pipe', 'pipe', 'pipe'], // the types of execa know no numbers for 0, 1 and 2
      env: request.path === undefined ? this.#environment : { ...this.#environment, PATH: request.path },
      extendEnv: false,
      cwd: request.cwd ?? '/',
      detached: true,
      cleanup: false,
      buffer: false,
      reject: false,
    })
    const ended = child.then(({ exitCode = null, signal = null }): ToolEnd => ({ exitCode, signal }))
    if (child.pid === undefined) {
      const cause = await child
      const errno = cause.code ?? ''
      throw lxcError(
        'EXECD_START_FAILED',
        `could not start ${request.program}: ${errno || cause.shortMessage}`,
        {
          ...(errno === 'EAGAIN'
            ? { hint: 'no more processes may be made: look at ulimit -u and at pids.max of the own cgroup' }
            : {}),
          details: { program: request.program, step: 'start the tool', errno },
          cause,
        },
      )
    }
    return {
      pid: child.pid,
      ended,
      stdin: child.stdin ?? null,
      stdout: (child.stdout as Readable | null) ?? null,
      control: (child.stdio as unknown as ReadonlyArray<Duplex | null | undefined>)[3] ?? null,
      signal: (name) => child.exitCode === null && child.signalCode === null && child.kill(name),
      keepAlive: (keep) => {
        const pipe = child.stdin as unknown as { ref?: () => void; unref?: () => void } | null
        for (const handle of [child, pipe]) keep ? handle?.ref?.() : handle?.unref?.()
      },
    }
  }

  /** Runs a tool to its end and gives what it wrote to stdout. Rejects with EXECD_TIMEOUT when it does not end, else EXECD_START_FAILED, with its last lines. */
  async run(program: string, args: readonly string[], timeout = TIMEOUT_MS): Promise<string> {
    const path = await this.find(program)
    const result = await execa(path, [...args], {
      stdin: 'ignore',
      env: this.#environment,
      extendEnv: false,
      cwd: '/',
      timeout,
      killSignal: 'SIGKILL',
      reject: false,
      maxBuffer: 1024 * 1024,
    })
    if (!result.failed) return result.stdout
    const output = `${result.stdout ?? ''}\n${result.stderr ?? ''}`.trim().slice(-TAIL)
    const how = result.timedOut
      ? `did not end in ${timeout} ms`
      : result.signal !== undefined
        ? `was ended by ${result.signal}`
        : result.exitCode !== undefined
          ? `ended with ${result.exitCode}`
          : `could not be run: ${result.code ?? result.shortMessage}`
    throw lxcError(
      result.timedOut ? 'EXECD_TIMEOUT' : 'EXECD_START_FAILED',
      `${program} ${how}${output === '' ? '' : `: ${output}`}`,
      {
        details: {
          program,
          args,
          step: program,
          output,
          ...(result.exitCode === undefined ? {} : { toolExitCode: result.exitCode }),
        },
      },
    )
  }
}
