import type { CommandInput, ProcessInput, StartOptions } from '@execd/core'
import type { Given } from '../table/types.js'
import { terminalSize } from '../terminal/size.js'
import { endOptionsOf } from './end-options.js'

/** What the options of `run` say of a start in the foreground. Pure. */
export function startOptionsOf(given: Given, signal: AbortSignal): StartOptions {
  return {
    ...endOptionsOf(given),
    stdio: { stdin: given.on('interactive') ? 'pipe' : 'ignore' },
    skipUnsupported: given.texts('skip-unsupported'),
    signal,
  }
}

/** A command whose process has what `terminalProcess` adds. */
export function withTerminal(command: CommandInput, own: NodeJS.ProcessEnv): CommandInput {
  return command.process === undefined
    ? command
    : { ...command, process: terminalProcess(command.process, own) }
}

/** With a terminal, the size and the kind of this one, where nothing else is said. */
export function terminalProcess(process: ProcessInput, own: NodeJS.ProcessEnv): ProcessInput {
  if (process.terminal !== true) return process
  const kind: Record<string, string> = own.TERM === undefined ? {} : { TERM: own.TERM }
  const consoleSize = process.consoleSize ?? terminalSize()
  return { ...process, env: { ...kind, ...process.env }, consoleSize }
}
