import { COMMANDS } from '../table/commands.js'
import { UsageError } from '../usage-error.js'
import { meant } from './meant.js'

export function unknownCommand(word: string): UsageError {
  const guess = meant(
    word,
    COMMANDS.map(({ name }) => name),
  )
  const hint = guess === undefined ? null : `did you mean execd ${guess}?`
  return new UsageError(`${JSON.stringify(word)}: no such command`, null, hint)
}
