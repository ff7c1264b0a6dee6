import { readFileSync } from 'node:fs'
import { allPids } from '@execd/linux/proc'

/**
 * SIGKILL to every process that has a text in its arguments. A monitor of LXC that is killed while it starts a container leaves a child that waits for it for ever, and
 * that has its arguments still.
 */
export function killByArgument(text: string): void {
  for (const pid of allPids()) {
    if (pid === process.pid) continue
    try {
      if (readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0').includes(text))
        process.kill(pid, 'SIGKILL')
    } catch {
      // has ended
    }
  }
}
