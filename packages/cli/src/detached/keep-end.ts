import type { Container, Verdict } from '@execd/core'
import type { Known } from './known.js'
import { Records } from './records.js'

/**
 * Calls back while a container is owned, and sees to it that its end, should it come meanwhile, is written down: its driver forgets a container whose end was told.
 * Or its record is removed then, when that was asked for.
 */
export async function keepingEnd<Result>(
  known: Pick<Known, 'record'>,
  container: Container,
  act: () => Promise<Result>,
): Promise<Result> {
  const { record } = known
  if (record === null) return act()
  new Records().write({ ...record, starter: null, taker: process.pid })
  let kept = false
  const keep = (verdict: Verdict): void => {
    if (!kept) keepEnd(record, container, verdict)
    kept = true
  }
  container.on('exit', keep)
  try {
    return await act()
  } finally {
    // It may also have ended before anybody could listen.
    if (container.status === 'stopped') keep(await container.wait())
  }
}

function keepEnd(record: NonNullable<Known['record']>, container: Container, verdict: Verdict): void {
  const records = new Records()
  if (record.remove) {
    records.remove(record.id)
    return
  }
  const { command, io, startedAt } = container
  const ended = { command, io, startedAt, endedAt: Date.now(), verdict }
  records.write({ ...record, starter: null, taker: null, ended })
}
