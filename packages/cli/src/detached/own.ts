import { readFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Container, Runtime } from '@execd/core'
import { Failure } from '../failure.js'
import type { Given } from '../table/types.js'
import { keepingEnd } from './keep-end.js'
import type { Known } from './known.js'
import { withDriver } from './reach.js'

/** How long an owner that is soon done with a container is waited for, and how often it is asked. */
const PATIENCE_MS = 3000
const STEP_MS = 40

/** Owns a container while it calls back, and gives it free again. Waits a moment for another command; a longer owner is named in the error. */
export function withContainer<Result>(
  given: Given,
  known: Known,
  act: (container: Container) => Promise<Result>,
): Promise<Result> {
  if (!known.held)
    throw new Failure(`container ${known.id} has ended`, `execd rm ${known.id} removes what is kept of it`)
  const choice = { name: known.driver, record: known.record }
  return withDriver(given, choice, async (runtime) => {
    const container = await own(runtime, known.id)
    return keepingEnd(known, container, () => act(container))
  })
}

async function own(runtime: Runtime, id: string): Promise<Container> {
  const until = performance.now() + PATIENCE_MS
  for (;;) {
    const [container] = await runtime.recover({ ids: [id] })
    if (container !== undefined) return container
    const found = (await runtime.detached()).find((one) => one.id === id)
    if (found === undefined)
      throw new Failure(`container ${id} is gone`, 'execd ps --all lists those there are')
    if (performance.now() > until) throw inUse(id, found.owner)
    await sleep(STEP_MS)
  }
}

function inUse(id: string, owner: number | null): Failure {
  if (owner === null) return new Failure(`container ${id} could not be taken, though nobody owns it`)
  const words = commandLineOf(owner)
  const who = words === '' ? '' : ` (${words})`
  return new Failure(
    `container ${id} is owned by process ${owner}${who}`,
    'wait for it to end, or end it; what it has started goes on',
  )
}

function commandLineOf(pid: number): string {
  try {
    const words = readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0')
    return words.join(' ').trim().slice(0, 80)
  } catch {
    return ''
  }
}
