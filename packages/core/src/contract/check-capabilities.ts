import { type Command, commandSchema, type Resources } from '../command/command.js'
import { problemsOf } from '../command/problems.js'
import { originOf } from '../command/remembered.js'
import { ExecdError } from '../errors/execd-error.js'
import { deepFreeze } from '../util/plain-object.js'
import type { DriverCapabilities, Support } from './capabilities.js'
import { type RequestedField, requestedByResources, requestedFields } from './fields.js'
import { checkSkipNames, isSkipped, withoutField } from './skip.js'
import { supportOf } from './support.js'

/** A field that a driver cannot do. */
export interface UnsupportedField extends RequestedField {
  readonly reason: string
  readonly hint?: string
}

/** A command that a driver can do wholly, and what was left out of it for that. */
export interface CheckedCommand {
  readonly command: Command
  /** Keys of the fields that were left out. */
  readonly skipped: readonly string[]
}

/**
 * Compares a command with what the driver can do. Fields that the caller allowed to be skipped (keys, prefixes of keys, or paths) are changed to what asks
 * nothing; a namespace, a network mode or a seccomp profile to the safest one that the driver has.
 *
 * @throws ExecdError EXECD_UNSUPPORTED with every other field that the driver cannot do in `details.unsupported`; also when leaving out the fields would make the
 * command contradict itself.
 * @throws ExecdError EXECD_INVALID_OPTION for a name in `skip` that names no field or one that cannot be left out.
 */
export function checkCapabilities(
  command: Command,
  capabilities: DriverCapabilities,
  driverName: string,
  skip: readonly string[] = [],
): CheckedCommand {
  const origin = originOf(command)
  if (skip.length === 0 && supportedBefore.get(capabilities)?.has(origin) === true)
    return { command, skipped: [] }
  const checked = checkFields(command, requestedFields(command), capabilities, driverName, skip)
  if (checked.skipped.length === 0) noteSupported(capabilities, origin)
  return checked
}

/** Commands that were found to be supported as they are, so that they, and those that differ in what no driver judges, are not looked at again. */
const supportedBefore = new WeakMap<DriverCapabilities, WeakSet<Command>>()

function noteSupported(capabilities: DriverCapabilities, origin: Command): void {
  const before = supportedBefore.get(capabilities)
  if (before === undefined) supportedBefore.set(capabilities, new WeakSet([origin]))
  else before.add(origin)
}

/** The same for one more process in a container, whose other fields were judged when it started: `command` has that process in it. */
export function checkProcess(
  command: Command,
  capabilities: DriverCapabilities,
  driverName: string,
  skip: readonly string[] = [],
): CheckedCommand {
  const fields = requestedFields(command).filter(({ path }) => path.startsWith('process.'))
  return checkFields(command, fields, capabilities, driverName, skip)
}

function checkFields(
  command: Command,
  fields: readonly RequestedField[],
  capabilities: DriverCapabilities,
  driverName: string,
  skip: readonly string[],
): CheckedCommand {
  checkSkipNames(skip)
  const unsupported = unsupportedOf(fields, capabilities)
  const refused = unsupported.filter((field) => !isSkipped(field, skip))
  if (refused.length > 0) throw unsupportedError(driverName, refused)
  if (unsupported.length === 0) return { command, skipped: [] }
  const supported = (key: string) => supportOf(capabilities, key) === true
  const reduced = unsupported.reduce((before, field) => withoutField(before, field, supported), command)
  return {
    command: checkedAgain(reduced, driverName, unsupported),
    skipped: [...new Set(unsupported.map(({ key }) => key))],
  }
}

/**
 * Compares resources of `update` with what the driver can do.
 *
 * @throws ExecdError EXECD_UNSUPPORTED
 */
export function checkResources(
  resources: Resources,
  capabilities: DriverCapabilities,
  driverName: string,
): void {
  const refused = unsupportedOf(requestedByResources(resources), capabilities)
  if (refused.length > 0) throw unsupportedError(driverName, refused)
}

function unsupportedOf(
  fields: readonly RequestedField[],
  capabilities: DriverCapabilities,
): UnsupportedField[] {
  return fields.flatMap((field) => {
    const support: Support = supportOf(capabilities, field.key)
    return support === true ? [] : [{ ...field, ...support }]
  })
}

function unsupportedError(driver: string, fields: readonly UnsupportedField[]): ExecdError {
  const lines = fields.map(
    ({ key, reason, hint }) => `${key}: ${reason}${hint === undefined ? '' : ` (${hint})`}`,
  )
  const message =
    fields.length === 1
      ? `driver ${driver} does not support ${lines[0]}`
      : `driver ${driver} does not support ${fields.length} of the fields asked for:\n  ${lines.join('\n  ')}`
  const hints = [...new Set(fields.flatMap(({ hint }) => hint ?? []))]
  return new ExecdError('EXECD_UNSUPPORTED', message, {
    ...(hints.length === 0 ? {} : { hint: hints.join('; ') }),
    details: { driver, path: fields[0]?.path ?? '', unsupported: fields },
  })
}

/** What is left out may be what another field stands on, such as a private UTS namespace for a host name. */
function checkedAgain(reduced: Command, driver: string, unsupported: readonly UnsupportedField[]): Command {
  const result = commandSchema.safeParse(reduced, { reportInput: true })
  if (result.success) return deepFreeze(reduced)
  const keys = unsupported.map(({ key }) => key).join(', ')
  const problems = problemsOf(commandSchema, reduced, result.error.issues)
  const lines = problems.map(({ path, wanted }) => `${path}: wanted ${wanted}`)
  throw new ExecdError(
    'EXECD_UNSUPPORTED',
    `without ${keys}, which driver ${driver} does not support, the command contradicts itself:\n  ${lines.join('\n  ')}`,
    {
      hint: `leave ${problems.map(({ path }) => path).join(', ')} out too`,
      details: { driver, path: problems[0]?.path ?? '', unsupported, problems },
    },
  )
}
