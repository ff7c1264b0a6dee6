import { readFileSync } from 'node:fs'
import type { NetworkStats } from '@execd/core/driver'

/**
 * The counters of /proc/pid/net/dev (proc_pid_net(5)): after two lines of headings one for each interface, "name: " and 16 numbers, of which
 * the first eight are of what was received and the others of what was sent. Pure.
 */
export function parseNetDev(content: string): NetworkStats[] {
  return content
    .split('\n')
    .slice(2)
    .flatMap((line) => {
      const end = line.lastIndexOf(':')
      if (end < 0) return []
      const n = line
        .slice(end + 1)
        .trim()
        .split(/\s+/)
        .map(Number)
      const at = (index: number): number => n[index] ?? 0
      return [
        {
          name: line.slice(0, end).trim(),
          rxBytes: at(0),
          rxPackets: at(1),
          rxErrors: at(2),
          rxDropped: at(3),
          txBytes: at(8),
          txPackets: at(9),
          txErrors: at(10),
          txDropped: at(11),
        },
      ]
    })
}

/** Counters of the interfaces that a process sees; null when it has ended. */
export async function readNetwork(pid: number): Promise<NetworkStats[] | null> {
  try {
    return parseNetDev(readFileSync(`/proc/${pid}/net/dev`, 'utf8')) // in memory: nothing waits
  } catch {
    return null // a zombie has no network namespace any more
  }
}
