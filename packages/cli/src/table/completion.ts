import { COMMON } from './common.js'
import type { CommandEntry } from './types.js'

export const SHELLS = ['bash', 'zsh', 'fish'] as const

export const ENTRY: CommandEntry = {
  description: [
    'Prints a script that completes commands, options, containers and drivers.',
    'bash: put `source <(execd completion bash)` into ~/.bashrc. zsh: put `source <(execd completion zsh)` into ~/.zshrc, after compinit. fish: write it to ~/.config/fish/completions/execd.fish.',
  ],
  operands: { usage: 'bash|zsh|fish', kind: SHELLS, min: 1, max: 1 },
  groups: [COMMON],
}
