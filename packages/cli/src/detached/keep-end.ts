import type { Container, Verdict } from '@execd/core'
import type { Known } from './known.js'
import { Records } from './records.js'

/** Writes down how a container ended, as its driver forgets it; or removes its record, when that was asked for. */
export function keepEnd({ record }: Known, container: Container, verdict: Verdict): void {
  if (record === null) return
  const records = new Records()
  if (record.remove) {
    records.remove(record.id)
    return
  }
  const { command, io, startedAt } = container
  records.write({
    ...record,
    starter: null,
    taker: null,
    ended: { command, io, startedAt, endedAt: Date.now(), verdict },
  })
}
