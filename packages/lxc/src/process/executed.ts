import { readFileSync, type Stats, statSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { errnoOf } from '@execd/linux/errno'
import { childrenOf, readStat } from '@execd/linux/proc'

const SPINS = 50

/** What is known of the program that a process executes; undefined when the process is gone. */
interface Program {
  /** Null where an ordinary user may not look: while a process changes its user, and for a program that may not be read. */
  readonly file: Stats | null
  readonly words: string
}

function programOf(pid: number): Program | undefined {
  let words: string
  try {
    words = readFileSync(`/proc/${pid}/cmdline`, 'latin1')
  } catch {
    return undefined
  }
  try {
    const file = statSync(`/proc/${pid}/exe`, { throwIfNoEntry: false })
    return file === undefined ? undefined : { file, words }
  } catch (error) {
    if (errnoOf(error) === 'EACCES' || errnoOf(error) === 'EPERM') return { file: null, words }
    throw error
  }
}

/** By the file where both can be seen; else by the arguments, which a child has of its parent until it executes. */
function differ(one: Program, other: Program): boolean {
  if (one.file !== null && other.file !== null)
    return one.file.dev !== other.file.dev || one.file.ino !== other.file.ino
  return other.words !== '' && one.words !== other.words
}

/**
 * Waits until a child of a process executes another program than that itself (lxc-attach runs from a copy in memory, so it is not the installed file). Null when
 * the parent has ended.
 */
export async function executed(pid: number): Promise<number | null> {
  const own = programOf(pid)
  if (own === undefined) return null
  for (let spin = 0; ; spin++) {
    for (const child of childrenOf(pid)) {
      const program = programOf(child)
      if (program !== undefined && differ(own, program)) return child
    }
    const state = readStat(pid)?.state
    if (state === undefined || state === 'Z') return null
    if (spin >= SPINS) await sleep(1)
  }
}
