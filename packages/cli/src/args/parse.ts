import { parseArgs } from 'node:util'
import type { Call, CommandEntry, Flag, Operands } from '../table/types.js'
import { UsageError } from '../usage-error.js'
import { GivenFlags } from './given.js'
import { meant } from './meant.js'

type OptionToken = Extract<ReturnType<typeof tokensOf>[number], { kind: 'option' }>

/** Reads the words after a command's name. Throws UsageError. Pure. */
export function parseCall(command: string, entry: CommandEntry, args: readonly string[]): Call {
  const flags = entry.groups.flatMap((group) => group.flags)
  const { options, operands } = split(args, flags, entry.operands.program)
  const given = new GivenFlags(flags)
  for (const token of options) take(given, token, flags, command)
  if (!given.on('help')) checkCount(command, entry, operands)
  return { given, operands }
}

function tokensOf(args: readonly string[], flags: readonly Flag[]) {
  const options = Object.fromEntries(
    flags.map(({ name, short, value }) => [
      name,
      {
        type: value === undefined ? ('boolean' as const) : ('string' as const),
        multiple: true,
        ...(short === undefined ? {} : { short }),
      },
    ]),
  )
  return parseArgs({ args: [...args], options, strict: false, allowPositionals: true, tokens: true }).tokens
}

/** The tokens of our options, and the words that are no options. */
function split(args: readonly string[], flags: readonly Flag[], program: Operands['program']) {
  const options: OptionToken[] = []
  const operands: string[] = []
  for (const token of tokensOf(args, flags)) {
    if (token.kind === 'option') options.push(token)
    if (token.kind !== 'positional') continue
    operands.push(token.value)
    if (program === undefined) continue
    const rest = args.slice(token.index + 1)
    // The dashes part our words from the program's.
    operands.push(...(program === 'second' && rest[0] === '--' ? rest.slice(1) : rest))
    break
  }
  return { options, operands }
}

function take(given: GivenFlags, token: OptionToken, flags: readonly Flag[], command: string): void {
  const { name, rawName, value } = token
  const flag = flags.find((one) => one.name === name)
  const opposite = flags.find((one) => one.value === undefined && name === `no-${one.name}`)
  if (flag === undefined && opposite !== undefined && value === undefined) {
    given.set(opposite.name, false)
    return
  }
  if (flag === undefined) throw unknown(command, rawName, name, flags)
  if (flag.value === undefined) given.set(name, value === undefined ? true : truth(rawName, value, command))
  else if (value === undefined) throw new UsageError(`${rawName}: wanted ${flag.value}`, command)
  else given.add(name, value)
}

function truth(name: string, value: string, command: string): boolean {
  if (value === 'true' || value === '1') return true
  if (value === 'false' || value === '0') return false
  throw new UsageError(`${name}: wanted true or false, got ${JSON.stringify(value)}`, command)
}

function unknown(command: string, rawName: string, name: string, flags: readonly Flag[]): UsageError {
  const guess =
    name.length > 1
      ? meant(
          name,
          flags.map((flag) => flag.name),
        )
      : undefined
  const hint = guess === undefined ? undefined : `did you mean --${guess}?`
  return new UsageError(`${rawName}: no such option`, command, hint)
}

function checkCount(command: string, { operands: wanted }: CommandEntry, operands: readonly string[]): void {
  if (operands.length < wanted.min) throw new UsageError(`wanted ${wanted.usage}`, command)
  if (wanted.max !== null && operands.length > wanted.max)
    throw new UsageError(`${JSON.stringify(operands[wanted.max])}: one word too many`, command)
}
