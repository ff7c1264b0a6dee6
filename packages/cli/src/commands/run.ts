import type { CommandInput, Runtime } from '@execd/core'
import { withRuntime } from '../drivers/open.js'
import { commandOf } from '../input/command.js'
import { readCommandFile } from '../input/command-file.js'
import { collectRun } from '../run/collect.js'
import { refuseContradictions } from '../run/contradictions.js'
import { runDetached } from '../run/detach.js'
import { inForeground } from '../run/foreground.js'
import { foregroundOptionsOf } from '../run/foreground-options.js'
import { startOptionsOf, withTerminal } from '../run/start-options.js'
import type { Action, Given } from '../table/types.js'

export const action: Action = async (call) => {
  const { given } = call
  refuseContradictions(call)
  const file = given.text('file')
  const command = commandOf(call, file === undefined ? undefined : await readCommandFile(file), process.env)
  const way = given.on('detach') ? runDetached : given.on('json') ? collectRun : runHere
  return withRuntime(given, (runtime) => way(runtime, command, given))
}

function runHere(runtime: Runtime, asked: CommandInput, given: Given): Promise<number> {
  const command = withTerminal(asked, process.env)
  const options = foregroundOptionsOf(given, command.process?.terminal === true)
  return inForeground(options, (signal) => runtime.start(command, startOptionsOf(given, signal)))
}
