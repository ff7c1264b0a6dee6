import type { Call, Given } from '../table/types.js'
import { UsageError } from '../usage-error.js'

/** Throws UsageError for options of `run` that do not go together. Pure but for the look at stdin. */
export function refuseContradictions({ given, operands }: Call): void {
  if (operands.length === 0 && !given.has('file'))
    throw new UsageError('wanted a PROGRAM, or a command with --file', 'run')
  if (given.on('tty') && given.on('json'))
    throw new UsageError('--json: not with --tty: a terminal is shown, not collected')
  if (given.on('interactive') && given.text('file') === '-')
    throw new UsageError('--interactive: not with --file -, which reads stdin')
  if (given.on('detach')) refuseWithDetach(given)
  else refuseWithoutDetach(given)
  refuseLostTerminal(given.on('interactive'), given.on('tty'))
}

/** A terminal's program waits for keys: without a terminal here it would wait for ever, as the end of a file cannot be told to it. */
export function refuseLostTerminal(interactive: boolean, tty: boolean): void {
  if (interactive && tty && !process.stdin.isTTY)
    throw new UsageError('--tty: stdin is no terminal', null, 'leave out -t to pass stdin on as it is')
}

/** Nobody is there to pass on, to show, to count or to end. */
function refuseWithDetach(given: Given): void {
  const attached = ['interactive', 'tty', 'json'].filter((name) => given.on(name))
  const [name] = [...attached, ...['timeout', 'max-output'].filter((one) => given.has(one))]
  if (name === undefined) return
  const hint = name === 'max-output' ? '--log-opt max-size=SIZE keeps output files small' : null
  throw new UsageError(`--${name}: not with --detach: nobody would be there for it`, null, hint)
}

function refuseWithoutDetach(given: Given): void {
  if (given.has('log-opt')) throw new UsageError('--log-opt: wanted with --detach only')
  if (given.flag('rm') === false)
    throw new UsageError(
      '--rm: nothing of a container in the foreground is kept',
      null,
      '--detach keeps its end',
    )
}
