import type { ResourcesInput } from '@execd/core'
import { findOne } from '../detached/find.js'
import { withContainer } from '../detached/own.js'
import { execProcessOf } from '../input/exec-process.js'
import { processOf } from '../input/process.js'
import { resourcesOf } from '../input/resources.js'
import { refuseLostTerminal } from '../run/contradictions.js'
import { endOptionsOf } from '../run/end-options.js'
import { inForeground } from '../run/foreground.js'
import { foregroundOptionsOf } from '../run/foreground-options.js'
import { terminalProcess } from '../run/start-options.js'
import type { Action } from '../table/types.js'

export const action: Action = async ({ given, operands: [word = '', ...args] }) => {
  refuseLostTerminal(given.on('interactive'), given.on('tty'))
  const asked = processOf(given, args, process.env) ?? {}
  const options = foregroundOptionsOf(given, given.on('tty'))
  const resources = resourcesOf(given) as ResourcesInput | undefined
  const known = await findOne(given, word)
  const wanted = terminalProcess(execProcessOf(asked, known.command), process.env)
  return withContainer(given, known, (container) =>
    inForeground(options, (signal) =>
      container.exec(wanted, {
        ...endOptionsOf(given),
        stdio: { stdin: given.on('interactive') ? 'pipe' : 'ignore' },
        ...(resources === undefined ? {} : { resources }),
        signal,
      }),
    ),
  )
}
