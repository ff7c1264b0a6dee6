import { z } from 'zod'
import { type Command, commandSchema, type ProcessSpec } from './command.js'
import { processSchema } from './process.js'
import { containerId } from './text.js'

/** How many commands are remembered. */
const MOST = 16

type Fields = Readonly<Record<string, unknown>>

/** What may differ from one start to the next without a new look at the rest: judged by itself each time. */
const VARYING_OF_COMMAND: ReadonlySet<string> = new Set(['id', 'labels'])
const VARYING_OF_PROCESS: ReadonlySet<string> = new Set(['args', 'env'])
const { args, env } = processSchema.shape
const { labels } = commandSchema.shape
const varyingSchema = z.strictObject({ id: containerId.nullish(), labels, args, env })

/** An input without what varies, a copy, and the command that it was found to be. */
interface Remembered {
  readonly input: Fields
  readonly command: Command
}

/** The latest first. */
const remembered: Remembered[] = []
const origins = new WeakMap<Command, Command>()

/** The command of an input that differs from one checked before in its id, labels, arguments and environment at most; null for any other. */
export function recall(input: unknown, newId: () => string): Command | null {
  if (!isPlain(input) || !isPlain(input.process)) return null
  const index = remembered.findIndex((one) => isSameCommand(input, one.input))
  const found = remembered[index]
  if (found === undefined) return null
  const varying = varyingSchema.safeParse({
    id: input.id,
    labels: input.labels,
    args: input.process.args,
    env: input.process.env,
  })
  // an environment where there was none is one more wish
  if (!varying.success || isEmpty(varying.data.env) !== isEmpty(found.command.process.env)) return null
  if (index > 0) remembered.unshift(...remembered.splice(index, 1))
  const { command } = found
  const process = { ...command.process, args: varying.data.args, env: varying.data.env }
  for (const part of [process, process.args, process.env, varying.data.labels]) Object.freeze(part)
  const recalled = Object.freeze({
    ...command,
    id: varying.data.id ?? newId(),
    labels: varying.data.labels,
    process,
  })
  origins.set(recalled, command)
  return recalled
}

/** Remembers an input that was found to be a command. The command must be frozen. */
export function remember(input: unknown, command: Command): void {
  if (!isPlain(input) || !isPlain(input.process)) return
  const rest = { ...without(input, VARYING_OF_COMMAND), process: without(input.process, VARYING_OF_PROCESS) }
  add(remembered, rest, (copy) => ({ input: copy, command }))
}

interface RememberedProcess {
  readonly input: Fields
  readonly process: ProcessSpec
}

const processes: RememberedProcess[] = []
const varyingOfProcessSchema = z.strictObject({ args, env })

/** The same for the process of an exec, which differs in its arguments and environment at most. */
export function recallProcess(input: unknown): ProcessSpec | null {
  if (!isPlain(input)) return null
  const index = processes.findIndex((one) => isSame(input, one.input, VARYING_OF_PROCESS))
  const found = processes[index]
  if (found === undefined) return null
  const varying = varyingOfProcessSchema.safeParse({ args: input.args, env: input.env })
  if (!varying.success) return null
  if (index > 0) processes.unshift(...processes.splice(index, 1))
  for (const part of [varying.data.args, varying.data.env]) Object.freeze(part)
  return Object.freeze({ ...found.process, ...varying.data })
}

/** Remembers what was found to be a process. It must be frozen. */
export function rememberProcess(input: unknown, process: ProcessSpec): void {
  if (!isPlain(input)) return
  add(processes, without(input, VARYING_OF_PROCESS), (copy) => ({ input: copy, process }))
}

/** A copy, so that what the caller does to its own afterwards changes nothing. What cannot be copied is not remembered. */
function add<T>(list: T[], input: Fields, entry: (copy: Fields) => T): void {
  try {
    list.unshift(entry(structuredClone(input)))
  } catch {
    return // a function somewhere in it
  }
  list.length = Math.min(list.length, MOST)
}

/** One object for all commands that differ in these only, so that what was found of one can be kept for all: the first of them. */
export function originOf(command: Command): Command {
  return origins.get(command) ?? command
}

function isSameCommand(input: Fields, known: Fields): boolean {
  return (
    isSame(input, known, VARYING_OF_COMMAND, 'process') &&
    isSame(input.process, known.process, VARYING_OF_PROCESS)
  )
}

const NOTHING: ReadonlySet<string> = new Set()

/** Whether plain data is the same; `known` has none of the fields that are left out. `except`: a field whose content is not looked at. */
function isSame(value: unknown, known: unknown, leftOut = NOTHING, except?: string): boolean {
  if (typeof known !== 'object' || known === null) return Object.is(value, known)
  if (Array.isArray(known)) {
    return (
      Array.isArray(value) &&
      value.length === known.length &&
      known.every((item, at) => isSame(value[at], item))
    )
  }
  if (!isPlain(value)) return false
  let left = 0
  for (const key of Object.keys(value)) {
    if (leftOut.has(key)) continue
    if (!Object.hasOwn(known, key)) return false
    if (key !== except && !isSame(value[key], (known as Fields)[key])) return false
    left += 1
  }
  return left === Object.keys(known).length
}

/** An object with nothing but its own fields: neither a Map nor an instance of a class. */
function isPlain(value: unknown): value is Fields {
  if (typeof value !== 'object' || value === null) return false
  const prototype = Object.getPrototypeOf(value)
  return prototype === Object.prototype || prototype === null
}

function without(fields: Fields, keys: ReadonlySet<string>): Fields {
  return Object.fromEntries(Object.entries(fields).filter(([key]) => !keys.has(key)))
}

function isEmpty(fields: object): boolean {
  return Object.keys(fields).length === 0
}
