import type { Flag, Operands, ValueKind } from '../table/types.js'
import { type CommandModel, flagsOf } from './model.js'

/** Completion for zsh, to be put into a folder of $fpath as _execd, or sourced after compinit. Pure. */
export function zshCompletion(commands: readonly CommandModel[]): string {
  return `#compdef execd
# Completion of execd for zsh, made by: execd completion zsh
_execd_containers() { local -a ids; ids=(\${(f)"$(execd ps --all --quiet 2>/dev/null)"}); _describe container ids; }
_execd_drivers() { local -a names; names=(\${(f)"$(execd drivers --quiet 2>/dev/null)"}); _describe driver names; }
_execd_program() { if ((CURRENT == 1)); then _command_names -e; else _normal; fi; }

_execd() {
  local context state line
  local -a commands
  commands=(
${commands.map(({ name, summary }) => `    ${quoted(`${name}:${summary}`)}`).join('\n')}
  )
  _arguments -C '--help[show help]' '--version[print the version]' '1: :->command' '*:: :->rest'
  case $state in
  command) _describe command commands ;;
  rest)
    case $words[1] in
${commands.map(commandCase).join('\n')}
    esac ;;
  esac
}
if [ "$funcstack[1]" = _execd ]; then _execd "$@"; else compdef _execd execd; fi
`
}

function commandCase(command: CommandModel): string {
  const specs = [...flagsOf(command).map(flagSpec), ...operandSpecs(command.entry.operands)]
  return `    ${command.name}) _arguments -s -S \\\n${specs.map((spec) => `      ${spec}`).join(' \\\n')} ;;`
}

function flagSpec({ name, short, value, kind, many, help }: Flag): string {
  const text = `[${help.replace(/([[\]:\\])/g, '\\$1')}]`
  const action =
    value === undefined ? '' : `:${value.replace(/([:\\])/g, '\\$1')}:${valueAction(kind ?? 'text')}`
  const star = many === true ? '*' : ''
  if (short === undefined) return quoted(`${star}--${name}${text}${action}`)
  const group = many === true ? quoted('*') : quoted(`(-${short} --${name})`)
  return `${group}{-${short},--${name}}${quoted(text + action)}`
}

function operandSpecs({ kind, program, max }: Operands): string[] {
  if (program === 'second')
    return [quoted(`1:container:${valueAction(kind)}`), quoted('*::program:_execd_program')]
  if (program === 'first' && kind === 'text') return [quoted('*::program:_execd_program')]
  if (kind === 'text') return []
  return [quoted(`${max === 1 || program === 'first' ? '1' : '*'}:${String(kind)}:${valueAction(kind)}`)]
}

function valueAction(kind: ValueKind): string {
  if (typeof kind !== 'string') return `(${kind.join(' ')})`
  const actions = {
    file: '_files',
    folder: '_files -/',
    container: '_execd_containers',
    driver: '_execd_drivers',
    text: ' ',
  }
  return actions[kind]
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`
}
