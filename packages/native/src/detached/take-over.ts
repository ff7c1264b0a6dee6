import { setTimeout as delay } from 'node:timers/promises'
import type { ExitStatus } from '@execd/core/driver'
import { isAlive } from '@execd/linux/proc'
import { type ContainerFolder, FILES } from '../state/container-folder.js'
import type { Reading } from '../state/container-state.js'
import { MonitorLink } from './monitor-link.js'
import { RecoveredProcess } from './recovered-process.js'

const PATIENCE_MS = 10_000
const POLL_MS = 25

/** A container whose folder says what it is. */
export type ContainerReading = Extract<Reading, { kind: 'container' }>

/** What a take-over needs of the driver. */
export interface TakeOver {
  readonly onOom: () => void
  readonly cleanUp: () => Promise<ExitStatus['cleanup']>
}

/**
 * The process of a container whose lock is held here: running, ended, or lost with its monitor. Null: its monitor lives and cannot be reached, so the container
 * is to be left alone.
 */
export async function takeOver(
  held: ContainerFolder,
  reading: ContainerReading,
  { onOom, cleanUp }: TakeOver,
): Promise<RecoveredProcess | null> {
  const { state, record } = reading
  const kept = () => held.exited()
  const make = (link: MonitorLink | null) => new RecoveredProcess({ state, record, link, kept, cleanUp })
  if (reading.exited !== null) return make(null)
  for (const end = performance.now() + PATIENCE_MS; performance.now() < end; await delay(POLL_MS)) {
    const link = await MonitorLink.open(held.folder.at(FILES.socket), onOom)
    if (link !== null || kept() !== null || !isAlive(record.monitor)) return make(link)
  }
  return null
}
