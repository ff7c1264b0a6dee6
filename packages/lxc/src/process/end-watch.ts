import { isAlive, type ProcessIdentity } from '@execd/linux/proc'

const INTERVAL_MS = 200

/**
 * Calls once when a process has ended, for the rare case that its parent goes on: LXC's init waits for orphans, and lxc-attach for whoever has the terminal. Gives a
 * function that stops the watch.
 */
export function watchEnd(identity: ProcessIdentity, onEnd: () => void): () => void {
  const timer = setInterval(() => {
    if (isAlive(identity)) return
    clearInterval(timer)
    onEnd()
  }, INTERVAL_MS)
  timer.unref()
  return () => clearInterval(timer)
}
