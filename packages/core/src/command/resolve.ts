import { randomBytes } from 'node:crypto'
import type { z } from 'zod'
import { ExecdError, type Problem } from '../errors/execd-error.js'
import { deepFreeze } from '../util/plain-object.js'
import { type Command, commandSchema, type ProcessSpec, type Resources } from './command.js'
import { notPlain } from './plain-data.js'
import { impliedCommand, impliedProcess } from './privileged.js'
import { problemsOf } from './problems.js'
import { processSchema } from './process.js'
import { recall, recallProcess, remember, rememberProcess } from './remembered.js'
import { resourcesSchema } from './resources.js'
import { secondLook } from './second-look.js'

const ID_BYTES = 6
const IDS_AT_ONCE = 256
let random: Buffer = Buffer.alloc(0)

/** What stands in for missing fields when the rules over several fields are looked at in spite of other problems. */
const STAND_IN_PROCESS = { args: ['true'] }
const STAND_IN_COMMAND = { rootfs: { type: 'host' }, process: STAND_IN_PROCESS }

/**
 * A command as drivers get it, from what a caller wrote: every default filled in, units converted, an id made when there is none, frozen. The result is plain
 * JSON, and resolving it again gives the same.
 *
 * @throws ExecdError EXECD_INVALID_COMMAND with every problem in `details.problems`.
 */
export function resolveCommand(input: unknown): Command {
  const recalled = recall(input, newId)
  if (recalled !== null) return recalled
  const parsed = parse('command', commandSchema, impliedCommand(input), input, STAND_IN_COMMAND)
  const command = deepFreeze({ ...parsed, id: parsed.id ?? newId() })
  remember(input, command)
  return command
}

/**
 * A process for `exec`, from what a caller wrote. Paths in errors are relative to the process.
 *
 * @throws ExecdError EXECD_INVALID_COMMAND
 */
export function resolveProcess(input: unknown): ProcessSpec {
  const recalled = recallProcess(input)
  if (recalled !== null) return recalled
  const process = deepFreeze(parse('process', processSchema, impliedProcess(input), input, STAND_IN_PROCESS))
  rememberProcess(input, process)
  return process
}

/**
 * Resources for `update`, from what a caller wrote. What is null, false or empty stays unchanged. Paths in errors are relative to the resources.
 *
 * @throws ExecdError EXECD_INVALID_COMMAND
 */
export function resolveResources(input: unknown): Resources {
  return deepFreeze(parse('resources', resourcesSchema, input, input, {}))
}

/** An id that no other container has: 48 random bits as 12 hexadecimal digits. */
export function newId(): string {
  if (random.length < ID_BYTES) random = randomBytes(ID_BYTES * IDS_AT_ONCE)
  const id = random.toString('hex', 0, ID_BYTES)
  random = random.subarray(ID_BYTES)
  return id
}

function parse<S extends z.ZodType>(
  what: string,
  schema: S,
  value: unknown,
  input: unknown,
  standIn: unknown,
): z.output<S> {
  const result = schema.safeParse(value, { reportInput: true })
  const odd = notPlain(input)
  if (result.success && odd.length === 0) return result.data
  const issues = result.success ? [] : result.error.issues
  const more = result.success ? [] : secondLook(schema, value, issues, standIn)
  throw invalid(what, merged(problemsOf(schema, input, [...issues, ...more]), odd))
}

/** A place is reported once, as the schema sees it. */
function merged(problems: readonly Problem[], odd: readonly Problem[]): Problem[] {
  const known = new Set(problems.map(({ path }) => path))
  return [...problems, ...odd.filter(({ path }) => !known.has(path))]
}

function invalid(what: string, problems: readonly Problem[]): ExecdError {
  const lines = problems.map(
    ({ path, wanted, got }) => `${path === '' ? '' : `${path}: `}wanted ${wanted}, got ${got}`,
  )
  const [only] = lines
  const message =
    lines.length === 1
      ? `invalid ${what}: ${only}`
      : `invalid ${what}, ${lines.length} problems:\n  ${lines.join('\n  ')}`
  return new ExecdError('EXECD_INVALID_COMMAND', message, { details: { ...problems[0], problems } })
}
