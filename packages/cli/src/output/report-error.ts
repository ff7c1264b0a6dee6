import { inspect } from 'node:util'
import type { CommandEntry, Given } from '../table/types.js'
import { UsageError } from '../usage-error.js'
import { coloursFor } from './colours.js'
import { describeError, exitStatusOf } from './describe-error.js'

/** Where an error came from. */
export interface ErrorPlace {
  readonly command: string | null
  readonly entry: CommandEntry | null
  /** Null: the command line could not be read. */
  readonly given: Given | null
  readonly debug: boolean
}

/** Says on stderr what is wrong and what to do, and gives the exit status. */
export function reportError(error: unknown, place: ErrorPlace): number {
  const { bold, dim, red } = coloursFor(process.stderr)
  const described = describeError(error, place)
  const { message } = described
  const isGeneral = error instanceof UsageError && error.isGeneral && place.command !== null
  const hint = isGeneral ? `execd ${place.command} --help lists the options` : described.hint
  const name = place.command === null ? 'execd' : `execd ${place.command}`
  process.stderr.write(`${red(bold(`${name}:`))} ${message}\n`)
  if (hint !== null) process.stderr.write(`${bold('hint:')} ${hint}\n`)
  if (place.debug) process.stderr.write(`${dim(inspect(error, { depth: 6 }))}\n`)
  return exitStatusOf(error, place.entry)
}
