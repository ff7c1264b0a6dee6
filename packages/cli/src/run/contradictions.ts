import type { Call } from '../table/types.js'
import { UsageError } from '../usage-error.js'

/** Throws UsageError for options of `run` that do not go together. Pure but for the look at stdin. */
export function refuseContradictions({ given, operands }: Call): void {
  if (operands.length === 0 && !given.has('file'))
    throw new UsageError('wanted a PROGRAM, or a command with --file', 'run')
  if (given.on('tty') && given.on('json'))
    throw new UsageError('--json: not with --tty: a terminal is shown, not collected')
  if (given.on('interactive') && given.text('file') === '-')
    throw new UsageError('--interactive: not with --file -, which reads stdin')
  refuseLostTerminal(given.on('interactive'), given.on('tty'))
}

/** A terminal's program waits for keys: without a terminal here it would wait for ever, as the end of a file cannot be told to it. */
export function refuseLostTerminal(interactive: boolean, tty: boolean): void {
  if (interactive && tty && !process.stdin.isTTY)
    throw new UsageError('--tty: stdin is no terminal', null, 'leave out -t to pass stdin on as it is')
}
