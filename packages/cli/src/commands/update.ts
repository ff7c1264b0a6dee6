import type { ResourcesInput } from '@execd/core'
import { forEach } from '../detached/each.js'
import { withContainer } from '../detached/own.js'
import { resourcesOf } from '../input/resources.js'
import type { Action } from '../table/types.js'
import { UsageError } from '../usage-error.js'

export const action: Action = (call) => {
  const resources = resourcesOf(call.given) as ResourcesInput | undefined
  if (resources === undefined) throw new UsageError('wanted a limit to change', 'update')
  return forEach('update', call, async (known) => {
    await withContainer(call.given, known, (container) => container.update(resources))
    return undefined
  })
}
