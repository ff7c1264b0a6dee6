import { readFileSync } from 'node:fs'

const PF_EXITING = 0x4 // include/linux/sched.h

/** What /proc/pid/stat says of a process (proc_pid_stat(5)). */
export interface ProcessStat {
  /** State letter, such as "R", "S", "T" or "Z". */
  readonly state: string
  readonly parent: number
  /** Clock ticks from boot to its start: with the pid it names one process for ever. */
  readonly startTime: bigint
  /** On its way out, or ended: the first process of a pid namespace waits there for the others. */
  readonly exiting: boolean
}

/** Reads a text of /proc/pid/stat; null for one that is none. The name in field 2 may hold anything, so counting begins after its last ")". Pure. */
export function parseStat(text: string): ProcessStat | null {
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ')
  const [state, parent, startTime] = [fields[0], fields[1], fields[19]]
  if (state === undefined || parent === undefined || startTime === undefined) return null
  const exiting = (Number(fields[6]) & PF_EXITING) !== 0 || state === 'Z' || state === 'X'
  return { state, parent: Number(parent), startTime: BigInt(startTime), exiting }
}

/** The same of a process; null when there is none with this id. */
export function readStat(pid: number): ProcessStat | null {
  try {
    return parseStat(readFileSync(`/proc/${pid}/stat`, 'latin1'))
  } catch {
    return null
  }
}
