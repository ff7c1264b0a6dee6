import { forEach } from '../detached/each.js'
import { withContainer } from '../detached/own.js'
import { signalOf } from '../run/end-options.js'
import type { Action } from '../table/types.js'

export const action: Action = (call) => {
  const text = call.given.text('signal')
  return forEach('kill', call, async (known) => {
    await withContainer(call.given, known, async (container) => {
      if (text === undefined) await container.terminate()
      else await container.kill(signalOf(text))
    })
    return undefined
  })
}
