import { forEach } from '../detached/each.js'
import { takeEnd } from '../detached/ending.js'
import type { Known } from '../detached/known.js'
import { withContainer } from '../detached/own.js'
import { Records } from '../detached/records.js'
import { Failure } from '../failure.js'
import type { Action, Given } from '../table/types.js'

export const action: Action = (call) =>
  forEach('rm', call, async (known) => {
    await remove(call.given, known)
    return undefined
  })

async function remove(given: Given, known: Known): Promise<void> {
  if (known.status === 'running' || known.status === 'paused') {
    if (!given.on('force')) throw running(known)
    await withContainer(given, known, (container) => container.terminate())
  } else await takeEnd(given, known)
  if (known.record !== null) new Records().remove(known.id)
}

function running({ id, status }: Known): Failure {
  return new Failure(`container ${id} is ${status}`, `execd stop ${id}, or execd rm --force ${id}`)
}
