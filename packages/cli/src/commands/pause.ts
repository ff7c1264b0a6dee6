import { forEach } from '../detached/each.js'
import { withContainer } from '../detached/own.js'
import type { Action } from '../table/types.js'

export const action: Action = (call) =>
  forEach('pause', call, async (known) => {
    await withContainer(call.given, known, (container) => container.pause())
    return undefined
  })
