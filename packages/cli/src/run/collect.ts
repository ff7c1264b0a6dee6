import type { CommandInput, Runtime } from '@execd/core'
import { printJson } from '../output/print.js'
import type { Given } from '../table/types.js'
import { endOptionsOf } from './end-options.js'
import { exitStatus } from './exit-status.js'
import { NEVER_RAN, startedUnless } from './foreground.js'
import { graceOf } from './foreground-options.js'
import { Interrupts } from './interrupts.js'

/** Runs a command, prints its verdict with its output as JSON, and gives the exit status. */
export async function collectRun(runtime: Runtime, command: CommandInput, given: Given): Promise<number> {
  const interrupts = new Interrupts(graceOf(given))
  runtime.on('start', (container) => interrupts.attach(container))
  const most = given.text('max-output')
  try {
    const result = await startedUnless(interrupts, (signal) =>
      runtime.run(command, {
        ...endOptionsOf(given),
        ...(most === undefined ? {} : { maxOutput: most, onOutputLimit: 'kill' }),
        input: given.on('interactive') ? process.stdin : null,
        skipUnsupported: given.texts('skip-unsupported'),
        signal,
      }),
    )
    const status = exitStatus(result ?? NEVER_RAN, interrupts.endedBy).status
    if (result !== null) await printJson({ ...result, abortReason: undefined, exitStatus: status })
    return status
  } finally {
    interrupts.release()
  }
}
