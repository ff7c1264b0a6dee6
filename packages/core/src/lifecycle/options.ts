import type { Readable } from 'node:stream'
import type { ResourcesInput } from '../command/command.js'
import type { HookState } from '../contract/driver.js'

/** What is called in the life of a container, beside the programs of `command.hooks`. May be asynchronous. */
export interface Hooks {
  /** When the namespaces exist and the command has not run, after the hook programs. What it throws stops the start: EXECD_HOOK_FAILED. */
  prestart?: (state: HookState) => unknown
  /** When the command runs. What it throws is in `hookErrors` of the verdict and changes nothing else. */
  poststart?: (state: HookState) => unknown
  /** When everything of the container is gone; once, also when the start failed after prestart began. What it throws is in `hookErrors`. */
  poststop?: (state: HookState) => unknown
}

/**
 * Where one standard descriptor goes: "pipe" is a stream here, "ignore" the null device, "inherit" that of this process, or a file, or an open
 * descriptor (borrowed, never closed). A file is opened on the host; its path is taken from the working directory of this process; an output file is
 * made when missing, and emptied unless `append`. With `maxSize` (bytes, or text such as "10MiB"; at least 4 KiB) it never grows beyond that: it is renamed to
 * `<file>.1`, what was there to `<file>.2` and so on, and a new one is begun; at most `maxFiles` (2 to 1000, default 5) are kept, the current one included.
 * Only with drivers that have the verb "rotate", and only for output. `readOutput` reads them all in their order.
 */
export type StdioOption =
  | 'pipe'
  | 'ignore'
  | 'inherit'
  | { file: string; append?: boolean; maxSize?: number | string; maxFiles?: number }
  | { fd: number }

/** All three, or each: what is left out has the default of the call. */
export type StdioOptions =
  | 'pipe'
  | 'ignore'
  | 'inherit'
  | { stdin?: StdioOption; stdout?: StdioOption; stderr?: StdioOption }

/** How a process may be ended before its own end. */
export interface EndOptions {
  /** Time for everything from the call to the end, in milliseconds or as "1.5s". Default: none. */
  timeout?: number | string
  /** Ends the process when it fires: reason "aborted". Fired before the command runs, the call rejects with EXECD_ABORTED. */
  signal?: AbortSignal
  /** First signal of a grace period, by name or number. Default: "SIGTERM". Only with `gracePeriod`. */
  killSignal?: NodeJS.Signals | number
  /** Time between `killSignal` and SIGKILL to everything, for timeout, abort and output limit. Default: 0, SIGKILL at once. */
  gracePeriod?: number | string
}

/** Options of `container.exec`. */
export interface ExecOptions extends EndOptions {
  /** Default: pipes. */
  stdio?: StdioOptions
  /** Keys of capabilities, or beginnings of them, that the driver may leave out where it cannot do them. */
  skipUnsupported?: readonly string[]
  /**
   * Limits of this process and its descendants alone, below those of the container. Only with drivers that have the verb "execResources". Default: none.
   */
  resources?: ResourcesInput
}

/** Options of `runtime.start`. */
export interface StartOptions extends Omit<ExecOptions, 'resources'> {
  hooks?: Hooks
  /** The container outlives this process; `recover` finds it. Its stdio cannot be pipes; default: "ignore". */
  detached?: boolean
}

/** Options of `runtime.recover`. */
export interface RecoverOptions {
  /** Only these. Default: all. */
  ids?: readonly string[]
}

/** Options of `runtime.run`. */
export interface RunOptions extends EndOptions {
  /** Default: stdout and stderr are pipes and collected; stdin is a pipe when there is `input`, else "ignore". What is no pipe is not collected. */
  stdio?: StdioOptions
  skipUnsupported?: readonly string[]
  hooks?: Hooks
  /** Written to stdin, which is then closed. A stream is read to its end and destroyed with the run (only process.stdin is left open); untouched when the start fails. */
  input?: string | Uint8Array | Readable | null
  /** Bytes kept of each of stdout and stderr: the last ones. A number or text such as "1MiB". Default: "10MiB". */
  maxOutput?: number | string
  /** What more output than `maxOutput` does. "truncate": older output is dropped; "kill": ends the run, reason "output-limit". Default: "truncate". */
  onOutputLimit?: 'truncate' | 'kill'
  /** "utf8": stdout and stderr are strings; "buffer": Buffers. Default: "utf8". */
  encoding?: 'utf8' | 'buffer'
}
