import { statSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { childrenOf, readStat } from '@execd/linux/proc'

const SPINS = 50

/**
 * Waits until a child of a process executes another program than that itself (lxc-attach runs from a copy in memory, so it is not the installed file). Null when
 * the parent has ended.
 */
export async function executed(pid: number): Promise<number | null> {
  const own = statSync(`/proc/${pid}/exe`, { throwIfNoEntry: false })
  if (own === undefined) return null
  for (let spin = 0; ; spin++) {
    for (const child of childrenOf(pid)) {
      const exe = statSync(`/proc/${child}/exe`, { throwIfNoEntry: false })
      if (exe !== undefined && (exe.dev !== own.dev || exe.ino !== own.ino)) return child
    }
    const state = readStat(pid)?.state
    if (state === undefined || state === 'Z') return null
    if (spin >= SPINS) await sleep(1)
  }
}
