import { setTimeout as sleep } from 'node:timers/promises'
import type { Container } from '@execd/core'
import { forEach } from '../detached/each.js'
import type { Known } from '../detached/known.js'
import { withContainer } from '../detached/own.js'
import { timeText } from '../input/time.js'
import { signalOf } from '../run/end-options.js'
import type { Action, Given } from '../table/types.js'
import { UsageError } from '../usage-error.js'

const DEFAULT_TIME = '10s'

export const action: Action = async (call) => {
  const { parseDuration } = await import('@execd/core')
  const text = call.given.text('time')
  if (text !== undefined && parseDuration(timeText(text)) === undefined)
    throw new UsageError(`--time: wanted a time such as 10s, got ${JSON.stringify(text)}`)
  return forEach('stop', call, async (known) => {
    const time = parseDuration(timeText(text ?? known.record?.stopTimeout ?? DEFAULT_TIME)) ?? 0
    if (isEnded(known)) return undefined
    await withContainer(call.given, known, (container) => stop(container, signalFor(call.given, known), time))
    return undefined
  })
}

function signalFor(given: Given, { record }: Known): NodeJS.Signals | number {
  const text = given.text('signal')
  return text === undefined ? (record?.stopSignal ?? 'SIGTERM') : signalOf(text)
}

function isEnded({ status }: Known): boolean {
  return status === 'exited' || status === 'lost'
}

/** A frozen one cannot hear. */
async function stop(container: Container, signal: NodeJS.Signals | number, time: number): Promise<void> {
  if (container.status === 'running') {
    await container.kill(signal).catch(unlessEnded)
    const over = new AbortController()
    const ended = container.wait().then(() => over.abort())
    await Promise.race([ended, sleep(time, undefined, { signal: over.signal }).catch(() => {})])
  }
  await container.terminate()
}

function unlessEnded(error: unknown): void {
  if ((error as { code?: unknown }).code !== 'EXECD_NOT_RUNNING') throw error
}
