import type { Readable } from 'node:stream'
import { types } from 'node:util'
import { z } from 'zod'
import type { Resources } from '../command/command.js'
import { problemsOf } from '../command/problems.js'
import { resolveResources } from '../command/resolve.js'
import { duration, size } from '../command/units.js'
import { ExecdError, type Problem } from '../errors/execd-error.js'
import { signalNumber } from '../util/signals.js'
import type { ExecOptions, Hooks, RecoverOptions, RunOptions, StartOptions } from './options.js'

const SMALLEST_FILE = 4096

const callback = z.custom<(state: never) => unknown>(
  (value) => typeof value === 'function',
  'wanted a function',
)
const timeout = duration().refine((value) => value > 0, 'wanted more than 0; leave it out for none')
const fd = z.number().int().min(0)
const word = z.enum(['pipe', 'ignore', 'inherit'])
const file = z.strictObject({
  file: z.string().min(1),
  append: z.boolean().optional(),
  maxSize: size()
    .refine((value) => value >= SMALLEST_FILE, 'wanted at least 4KiB')
    .optional(),
  maxFiles: z.number().int().min(2).max(1000).optional(),
})
const one = z.union([word, file, z.strictObject({ fd })], {
  error: 'wanted "pipe", "ignore", "inherit", { file } or { fd }',
})

const stdio = z.union(
  [word, z.strictObject({ stdin: one.optional(), stdout: one.optional(), stderr: one.optional() })],
  {
    error:
      'wanted "pipe", "ignore", "inherit", or an object of `stdin`, `stdout`, `stderr`, each one of these or { file } or { fd }',
  },
)

const hooks = z.strictObject({
  prestart: callback.optional(),
  poststart: callback.optional(),
  poststop: callback.optional(),
})

const end = {
  timeout: timeout.optional(),
  signal: z.custom<AbortSignal>(isAbortSignal, 'wanted an AbortSignal').optional(),
  killSignal: z.union([z.string(), z.number()]).optional(),
  gracePeriod: duration().optional(),
}
const way = { ...end, stdio: stdio.optional(), skipUnsupported: z.array(z.string()).readonly().optional() }
const exec = { ...way, resources: z.looseObject({}).optional() }
const start = { ...way, hooks: hooks.optional(), detached: z.boolean().optional() }
const run = {
  ...way,
  hooks: hooks.optional(),
  input: z
    .custom<string | Uint8Array | Readable>(isInput, 'wanted text, bytes or a Readable')
    .nullable()
    .optional(),
  maxOutput: size().optional(),
  onOutputLimit: z.enum(['truncate', 'kill']).optional(),
  encoding: z.enum(['utf8', 'buffer']).optional(),
}

const recoverSchema = z.strictObject({ ids: z.array(z.string()).readonly().optional() })
const waySchema = z.strictObject(way)
const execSchema = z.strictObject(exec)
const startSchema = z.strictObject(start)
const runSchema = z.strictObject(run)

const DEFAULT_MAX_OUTPUT = 10 * 1024 ** 2
const SIGTERM = 15

/** Where the three descriptors go, with units converted. */
export type StdioPlan = z.output<typeof stdio>

/** How to end a process, with units converted. */
export interface EndPlan {
  /** Milliseconds, or null. */
  readonly timeout: number | null
  readonly signal: AbortSignal | null
  /** Number of the first signal of the grace period. */
  readonly killSignal: number
  /** Milliseconds; 0: none. */
  readonly gracePeriod: number
}

/** What a process and its streams are started with. */
export interface WayPlan extends EndPlan {
  readonly stdio: StdioPlan | null
  readonly skip: readonly string[]
}

export interface ExecPlan extends WayPlan {
  readonly resources: Resources | null
}

export interface StartPlan extends WayPlan {
  readonly hooks: Hooks
  readonly detached: boolean
}

export interface RunPlan extends StartPlan {
  readonly input: string | Uint8Array | Readable | null
  readonly maxOutput: number
  readonly onOutputLimit: 'truncate' | 'kill'
  readonly encoding: 'utf8' | 'buffer'
}

/** Options of `exec` with defaults. Throws EXECD_INVALID_OPTION that lists every problem. */
export function parseExecOptions(options: ExecOptions | undefined): ExecPlan {
  const parsed = parse(execSchema, options)
  return {
    ...wayPlan(parsed),
    resources: parsed.resources === undefined ? null : resolveResources(parsed.resources),
  }
}

/** Options of `start` with defaults. Throws EXECD_INVALID_OPTION that lists every problem. */
export function parseStartOptions(options: StartOptions | undefined): StartPlan {
  const parsed = parse(startSchema, options)
  return { ...wayPlan(parsed), hooks: (parsed.hooks ?? {}) as Hooks, detached: parsed.detached ?? false }
}

/** Options of `recover`. Throws EXECD_INVALID_OPTION that lists every problem. */
export function parseRecoverOptions(options: RecoverOptions | undefined): z.output<typeof recoverSchema> {
  return parse(recoverSchema, options)
}

/** Options of `run` with defaults. Throws EXECD_INVALID_OPTION that lists every problem. */
export function parseRunOptions(options: RunOptions | undefined): RunPlan {
  const parsed = parse(runSchema, options)
  refuseLostInput(parsed)
  return {
    ...wayPlan(parsed),
    hooks: (parsed.hooks ?? {}) as Hooks,
    detached: false,
    input: parsed.input ?? null,
    maxOutput: parsed.maxOutput ?? DEFAULT_MAX_OUTPUT,
    onOutputLimit: parsed.onOutputLimit ?? 'truncate',
    encoding: parsed.encoding ?? 'utf8',
  }
}

/** Input needs a pipe to go into. */
function refuseLostInput({ input, stdio }: z.output<typeof runSchema>): void {
  if (input === null || input === undefined) return
  const stdin = typeof stdio === 'object' ? stdio.stdin : stdio
  if (stdin === undefined || stdin === 'pipe') return
  throw invalidOption([
    { path: 'input', wanted: 'only with stdin as "pipe"', got: `stdio.stdin ${JSON.stringify(stdin)}` },
  ])
}

function wayPlan(parsed: z.output<typeof waySchema>): WayPlan {
  const gracePeriod = parsed.gracePeriod ?? 0
  if (parsed.killSignal !== undefined && gracePeriod === 0) {
    throw invalidOption([
      {
        path: 'killSignal',
        wanted: 'only together with a `gracePeriod`',
        got: JSON.stringify(parsed.killSignal),
      },
    ])
  }
  return {
    timeout: parsed.timeout ?? null,
    signal: parsed.signal ?? null,
    killSignal:
      parsed.killSignal === undefined
        ? SIGTERM
        : signalNumber(parsed.killSignal as NodeJS.Signals | number, 'killSignal'),
    gracePeriod,
    stdio: parsed.stdio ?? null,
    skip: parsed.skipUnsupported ?? [],
  }
}

const NO_OPTIONS = Object.freeze({})

function parse<Schema extends z.ZodType>(schema: Schema, options: unknown): z.output<Schema> {
  if (options === undefined) return NO_OPTIONS as z.output<Schema> // no option has to be given
  const result = schema.safeParse(options ?? {}, { reportInput: true })
  if (result.success) return result.data
  throw invalidOption(problemsOf(schema, options, result.error.issues))
}

/** EXECD_INVALID_OPTION that lists the problems. */
export function invalidOption(problems: readonly Problem[]): ExecdError {
  const text = problems
    .map(({ path, wanted, got }) => `${path || 'options'}: wanted ${wanted}, got ${got}`)
    .join('; ')
  return new ExecdError('EXECD_INVALID_OPTION', text, { details: { ...problems[0], problems } })
}

function isAbortSignal(value: unknown): boolean {
  return typeof value === 'object' && value !== null && 'aborted' in value && 'addEventListener' in value
}

/** By what it can do: a stream may come from another copy of the class. */
function isReadable(value: unknown): boolean {
  return (
    typeof value === 'object' && value !== null && 'pipe' in value && 'unpipe' in value && 'destroy' in value
  )
}

function isInput(value: unknown): boolean {
  return typeof value === 'string' || types.isUint8Array(value) || isReadable(value)
}
