import type { Syscalls } from '../sys/syscalls.js'

const FIRST_DELAY_MS = 1
const LONGEST_DELAY_MS = 1000

/**
 * Reaps a monitor that has closed its socket and is about to end. Only this pid is waited for, so that Node's own children
 * are left to Node. The timers do not keep the process alive: what is not reaped then, init reaps.
 */
export function reapLater(sys: Syscalls, pid: number): void {
  const attempt = (delay: number): void => {
    if (sys.reap(pid)) return
    setTimeout(attempt, delay, Math.min(delay * 2, LONGEST_DELAY_MS)).unref()
  }
  attempt(FIRST_DELAY_MS)
}
