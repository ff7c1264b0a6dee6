import { splitLeading } from './args/leading.js'
import type { ErrorPlace } from './output/report-error.js'
import { COMMANDS } from './table/commands.js'
import type { CommandHead } from './table/types.js'

type Place = { -readonly [Key in keyof ErrorPlace]: ErrorPlace[Key] }

/** The command `execd`. Gives the exit status. */
export async function main(args: readonly string[]): Promise<number> {
  // A reader that went away, as in `execd ps | head -1`, is no failure of ours; whoever writes is told of others.
  for (const stream of [process.stdout, process.stderr]) stream.on('error', () => {})
  const { leading, word, rest } = splitLeading(args)
  const place: Place = { command: null, entry: null, given: null, debug: leading.includes('--debug') }
  try {
    if (word === undefined || word === 'help') return await help(leading, rest)
    const head = await find(word)
    place.command = head.name
    return await call(head, [...leading, ...rest], place)
  } catch (error) {
    const { reportError } = await import('./output/report-error.js')
    return reportError(error, place)
  }
}

async function help(leading: readonly string[], [word]: readonly string[]): Promise<number> {
  if (leading.includes('--version')) return (await import('./output/version.js')).printVersion()
  const { printHelp, printOverview } = await import('./output/help.js')
  return word === undefined ? printOverview(leading) : printHelp(await find(word))
}

async function call(head: CommandHead, args: readonly string[], place: Place): Promise<number> {
  const { ENTRY: entry } = await head.entry()
  place.entry = entry
  const { parseCall } = await import('./args/parse.js')
  const parsed = parseCall(head.name, entry, args)
  place.given = parsed.given
  place.debug = parsed.given.on('debug')
  if (parsed.given.on('help')) return (await import('./output/help.js')).printHelp(head)
  const { action } = await head.action()
  return action(parsed)
}

async function find(word: string): Promise<CommandHead> {
  const head = COMMANDS.find(({ name }) => name === word)
  if (head !== undefined) return head
  const { unknownCommand } = await import('./args/unknown.js')
  throw unknownCommand(word)
}
