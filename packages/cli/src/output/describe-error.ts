import type { Problem } from '@execd/core'
import { Failure } from '../failure.js'
import type { CommandEntry, Given } from '../table/types.js'
import { UsageError } from '../usage-error.js'

/** What is wrong, and what to do, in words. */
export interface Described {
  readonly message: string
  readonly hint: string | null
}

interface Known {
  readonly entry: CommandEntry | null
  readonly given: Given | null
}

/** An error of execd, by its shape: core may not be loaded, and need not be for this. */
interface Coded {
  readonly code: string
  readonly message: string
  readonly hint: string
  readonly details: {
    readonly problems?: readonly Problem[]
    readonly unsupported?: readonly Unsupported[]
    readonly exitCode?: number
    readonly driver?: string
  }
}

interface Unsupported {
  readonly path: string
  readonly key: string
  readonly reason: string
}

/** An error in one sentence and a hint, in the words of the command line where it was typed. Pure. */
export function describeError(error: unknown, known: Known): Described {
  if (error instanceof Failure) return { message: error.message, hint: error.hint }
  if (isCoded(error))
    return { message: messageOf(error, known), hint: inOurWords(error.hint) + wayOn(error, known) }
  if (isSystemError(error)) return { message: error.message, hint: null }
  const message = typeof error === 'object' && error !== null && 'message' in error ? error.message : error
  return { message: String(message), hint: 'this is a defect: report it with what --debug shows' }
}

/** What a hint of core calls, as it is typed here. */
const OUR_WORDS = [
  [/`skipUnsupported`/g, '--skip-unsupported'],
  [/(await )?(runtime\.)?probe\(\)/g, 'execd doctor'],
  [/wait\(\)/g, 'execd wait'],
  [
    /docs\/reference\/command\.md names every field with its type and default/g,
    'execd run --help lists the options, and execd schema prints the fields of a file',
  ],
  [/details\.step and details\.errno tell/g, '--debug tells'],
] as const

function inOurWords(hint: string): string {
  return OUR_WORDS.reduce((text, [call, words]) => text.replace(call, words), hint)
}

/** Limits are all that may be left out without harm to what the program sees. */
function wayOn({ details: { unsupported = [] } }: Coded, { entry }: Known): string {
  const flags = entry?.groups.flatMap((group) => group.flags) ?? []
  const areLimits = unsupported.length > 0 && unsupported.every(({ key }) => key.startsWith('resources.'))
  if (!areLimits || !flags.some(({ name }) => name === 'skip-unsupported')) return ''
  return '; --skip-unsupported resources goes on without the limits'
}

function messageOf({ code, message, details }: Coded, known: Known): string {
  const { problems, unsupported } = details
  if (unsupported !== undefined && problems === undefined) {
    const lines = unsupported.map(({ path, key, reason }) => `${nameOf(path, known) ?? key}: ${reason}`)
    return listed(`driver ${details.driver} cannot do`, lines)
  }
  if (problems === undefined || !WITH_PROBLEMS.includes(code)) return message
  const lines = problems.map(
    ({ path, wanted, got }) =>
      `${path === '' ? '' : `${nameOf(path, known) ?? path}: `}wanted ${wanted}, got ${got}`,
  )
  return listed(code === 'EXECD_INVALID_COMMAND' ? 'the command is not valid:' : '', lines)
}

const WITH_PROBLEMS: readonly string[] = ['EXECD_INVALID_COMMAND', 'EXECD_INVALID_OPTION']

function listed(lead: string, lines: readonly string[]): string {
  const before = lead === '' ? '' : `${lead} `
  return lines.length === 1 ? before + lines[0] : `${before}${lines.length} things\n  ${lines.join('\n  ')}`
}

/** The option on the command line that sets the field at a path, or undefined. */
function nameOf(path: string, { entry, given }: Known): string | undefined {
  if (entry === null || given === null) return undefined
  const flags = entry.groups.flatMap((group) => group.flags)
  const names = flags.filter(
    ({ name, field }) =>
      field !== undefined && given.has(name) && PLACES.some((place) => covers(field, place + path)),
  )
  // An option of the call sets no field, and is called as it is.
  const own = path.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)
  const meant = names.length > 0 ? names : flags.filter(({ name }) => name === own && given.has(name))
  return meant.length === 0 ? undefined : meant.map(({ name }) => `--${name}`).join(' or ')
}

/** Paths of an `update` and of an `exec` begin at the resources and at the process. */
const PLACES = ['', 'resources.', 'process.'] as const

function covers(field: string, path: string): boolean {
  return path === field || path.startsWith(`${field}.`) || path.startsWith(`${field}[`)
}

/**
 * The exit status for an error, as Docker has it: of a command whose status is its program's, 126 for what cannot be executed, 127 for what does not exist
 * and 125 for all else; of others, 2 for a wrong command line and 1 for all else. Pure.
 */
export function exitStatusOf(error: unknown, entry: CommandEntry | null): number {
  if (entry?.statusOfProgram !== true) return error instanceof UsageError ? 2 : 1
  if (!isCoded(error)) return 125
  if (error.code === 'EXECD_PROGRAM_NOT_FOUND') return 127
  return error.code === 'EXECD_PROGRAM_NOT_EXECUTABLE' ? 126 : 125
}

function isCoded(error: unknown): error is Coded {
  return hasCode(error) && error.code.startsWith('EXECD_') && 'hint' in error && 'details' in error
}

function isSystemError(error: unknown): error is Error {
  return hasCode(error) && 'syscall' in error
}

function hasCode(error: unknown): error is { code: string; message: string } {
  return typeof error === 'object' && error !== null && 'code' in error && typeof error.code === 'string'
}
