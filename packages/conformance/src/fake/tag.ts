import { randomInt } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { allPids, readStat } from '@execd/linux/proc'

/** Bytes of a block of `ulimit -c` in a shell. */
const BLOCK = 512

/**
 * A mark that every descendant of a process inherits and that nothing looks at: an odd limit of core files, in blocks of 512 bytes. It finds also what has left the
 * session and lost its parents, without a cgroup and without any rights. A hostile process can take the mark off: this is a fake.
 */
export function newTag(): number {
  return randomInt(2 ** 28, 2 ** 30) * 2 + 1
}

/** Process ids of what carries one of the marks and still lives. */
export function tagged(tags: readonly number[]): number[] {
  const wanted = new Set(tags.map((tag) => String(tag * BLOCK)))
  return allPids()
    .filter((pid) => wanted.has(coreLimit(pid)))
    .filter((pid) => !/^[ZX]/.test(stateOf(pid)))
}

/** Ends everything that carries one of the marks; resolves when nothing does any more. */
export async function killTagged(tags: readonly number[]): Promise<void> {
  for (;;) {
    const found = tagged(tags)
    if (found.length === 0) return
    for (const pid of found) send(pid, 'SIGKILL')
    await sleep(2)
  }
}

/** Stops everything that carries one of the marks; resolves when all of it stands still. */
export async function stopTagged(tags: readonly number[]): Promise<void> {
  // Twice: what was still running at the first look may have forked behind it.
  for (let still = 0; still < 2; ) {
    const moving = tagged(tags).filter((pid) => !/^[tT]/.test(stateOf(pid)))
    for (const pid of moving) send(pid, 'SIGSTOP')
    still = moving.length === 0 ? still + 1 : 0
    await sleep(2)
  }
}

/** Sends a signal; nothing when the process has ended. */
export function send(pid: number, signal: NodeJS.Signals | number): void {
  try {
    process.kill(pid, signal)
  } catch {
    // ESRCH: it has ended.
  }
}

function coreLimit(pid: number): string {
  try {
    return /^Max core file size\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/limits`, 'latin1'))?.[1] ?? ''
  } catch {
    return ''
  }
}

function stateOf(pid: number): string {
  return readStat(pid)?.state ?? 'X'
}
