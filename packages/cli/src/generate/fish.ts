import type { Flag, Operands, ValueKind } from '../table/types.js'
import { type CommandModel, flagsOf } from './model.js'

/** Completion for fish. Pure. */
export function fishCompletion(commands: readonly CommandModel[]): string {
  const names = commands.map(({ name }) => name).join(' ')
  const heads = commands.map(
    ({ name, summary }) => `complete -c execd -n '__fish_use_subcommand' -f -a ${name} -d ${quoted(summary)}`,
  )
  return `# Completion of execd for fish, made by: execd completion fish
function __execd_containers; execd ps --all --quiet 2>/dev/null; end
function __execd_drivers; execd drivers --quiet 2>/dev/null; end
complete -c execd -f -n 'not __fish_seen_subcommand_from ${names}' -l version -d 'Print the version'
complete -c execd -f -n 'not __fish_seen_subcommand_from ${names}' -l help -d 'Show help'
${heads.join('\n')}
${commands.flatMap(commandLines).join('\n')}
`
}

function commandLines(command: CommandModel): string[] {
  const start = `complete -c execd -n '__fish_seen_subcommand_from ${command.name}'`
  return [
    ...flagsOf(command).map((flag) => `${start}${flagText(flag)}`),
    ...operandLines(start, command.entry.operands),
  ]
}

function flagText({ name, short, value, kind, help }: Flag): string {
  const letter = short === undefined ? '' : ` -s ${short}`
  const taken = value === undefined ? '' : ` ${valueAction(kind ?? 'text')}`
  return `${letter} -l ${name}${taken} -d ${quoted(help)}`
}

function operandLines(start: string, { kind, program }: Operands): string[] {
  if (program === 'first' && kind === 'text') return []
  if (kind === 'text') return [`${start} -f`]
  return [`${start} ${valueAction(kind).replace(/^-x/, '-f')}`]
}

/** -x: a value is wanted, and files are none. */
function valueAction(kind: ValueKind): string {
  if (typeof kind !== 'string') return `-x -a ${quoted(kind.join(' '))}`
  switch (kind) {
    case 'file':
      return '-r -F'
    case 'folder':
      return "-x -a '(__fish_complete_directories)'"
    case 'container':
      return "-x -a '(__execd_containers)'"
    case 'driver':
      return "-x -a '(__execd_drivers)'"
    case 'text':
      return '-x'
  }
}

function quoted(text: string): string {
  return `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`
}
