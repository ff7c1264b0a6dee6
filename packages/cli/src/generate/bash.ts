import type { Operands, ValueKind } from '../table/types.js'
import { type CommandModel, flagsOf, spellings } from './model.js'

/** Completion for bash. Needs nothing but bash. Pure. */
export function bashCompletion(commands: readonly CommandModel[]): string {
  const names = commands.map(({ name }) => name).join(' ')
  return `# Completion of execd for bash, made by: execd completion bash
_execd_files() { compopt -o filenames 2>/dev/null; mapfile -t COMPREPLY < <(compgen -f -- "$1"); }
_execd_folders() { compopt -o filenames 2>/dev/null; mapfile -t COMPREPLY < <(compgen -d -- "$1"); }
_execd_words() { mapfile -t COMPREPLY < <(compgen -W "$2" -- "$1"); }

_execd() {
  local cur=\${COMP_WORDS[COMP_CWORD]} prev=\${COMP_WORDS[COMP_CWORD-1]} command= operands=0 i valued options
  COMPREPLY=()
  for ((i = 1; i < COMP_CWORD; i++)); do
    case \${COMP_WORDS[i]} in
    --driver | --driver-options | --from) ((i++)) ;;
    -*) ;;
    *) command=\${COMP_WORDS[i]}; break ;;
    esac
  done
  case $command in
  '') _execd_words "$cur" "help ${names} --help --version"; return ;;
  help) _execd_words "$cur" "${names}"; return ;;
${commands.map(commandCase).join('\n')}
  *) return ;;
  esac
}
complete -F _execd execd
`
}

function commandCase(command: CommandModel): string {
  const flags = flagsOf(command)
  const valued = flags.filter(({ value }) => value !== undefined)
  const pattern = valued.flatMap(spellings).join('|')
  const cases = valued.flatMap((flag) => {
    const action = valueAction(flag.kind ?? 'text')
    return action === null ? [] : [`    ${spellings(flag).join(' | ')}) ${action}; return ;;`]
  })
  const rest = valued.length === 0 ? '' : `    ${valued.flatMap(spellings).join(' | ')}) return ;;`
  return `  ${command.name})
    valued='${pattern}'
    options="${flags.flatMap(spellings).join(' ')}"
    ${operandLoop(command.entry.operands)}
    case $prev in
${[...cases, ...(rest === '' ? [] : [rest])].join('\n')}
    esac
    if [[ $cur == -* ]]; then _execd_words "$cur" "$options"; return; fi
    ${operandAction(command.entry.operands)}
    ;;`
}

/** Behind the words of a program everything is the program's. */
function operandLoop({ program }: Operands): string {
  const most = program === 'first' ? 1 : program === 'second' ? 2 : null
  const stop = most === null ? '' : ` if ((operands >= ${most})); then _execd_files "$cur"; return; fi`
  return `for ((i++; i < COMP_CWORD; i++)); do
      if [[ \${COMP_WORDS[i]} == -* && \${COMP_WORDS[i]} != -- ]]; then
        [[ "|$valued|" == *"|\${COMP_WORDS[i]}|"* ]] && ((i++))
      elif [[ \${COMP_WORDS[i]} != -- ]]; then ((operands++)); fi
    done;${stop}`
}

function operandAction({ kind, program }: Operands): string {
  if (program === 'first') return kind === 'text' ? PROGRAM : (valueAction(kind) ?? ':')
  if (program === 'second')
    return `if ((operands == 0)); then ${valueAction(kind) ?? ':'}; else ${PROGRAM}; fi`
  return valueAction(kind) ?? ':'
}

const PROGRAM = 'mapfile -t COMPREPLY < <(compgen -c -- "$cur")'

/** What completes a value, or null for nothing. */
function valueAction(kind: ValueKind): string | null {
  if (typeof kind !== 'string') return `_execd_words "$cur" "${kind.join(' ')}"`
  switch (kind) {
    case 'file':
      return '_execd_files "$cur"'
    case 'folder':
      return '_execd_folders "$cur"'
    case 'container':
      return '_execd_words "$cur" "$(execd ps --all --quiet 2>/dev/null)"'
    case 'driver':
      return '_execd_words "$cur" "$(execd drivers --quiet 2>/dev/null)"'
    case 'text':
      return null
  }
}
