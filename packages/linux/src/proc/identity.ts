import { errnoOf } from '../errno/index.js'
import { readStat } from './stat.js'

/** A process of this host that cannot be mistaken for a later one with the same id. */
export interface ProcessIdentity {
  readonly pid: number
  /** Clock ticks from boot to its start. */
  readonly startTime: bigint
}

/** The process that has an id now; null when there is none. */
export function identify(pid: number): ProcessIdentity | null {
  const stat = readStat(pid)
  return stat === null ? null : { pid, startTime: stat.startTime }
}

/** Whether the process lives. One that has ended and only waits for its parent (Z, X) does not. */
export function isAlive({ pid, startTime }: ProcessIdentity): boolean {
  const stat = readStat(pid)
  return stat !== null && stat.startTime === startTime && stat.state !== 'Z' && stat.state !== 'X'
}

/**
 * Sends a signal to a process, by name or number; false when it has ended, whoever has its id now. Between the look and the signal lie
 * microseconds: where even those count, hold a descriptor (pidfd_open(2)) or the parent.
 *
 * @throws the system's error, such as EPERM
 */
export function signalProcess(identity: ProcessIdentity, signal: NodeJS.Signals | number): boolean {
  if (!isAlive(identity)) return false
  try {
    return process.kill(identity.pid, signal)
  } catch (error) {
    if (errnoOf(error) === 'ESRCH') return false
    throw error
  }
}
