import { readdirSync, readFileSync } from 'node:fs'

const PF_EXITING = 0x4 // include/linux/sched.h

/** State, parent and start time of a process, and whether it is on its way out (the first of a pid namespace waits for the others then), from /proc/pid/stat; null when there is none. The name in field 2 may hold anything, so counting begins after its last ")". */
export function readStat(
  pid: number,
): { state: string; parent: number; startTime: string; exiting: boolean } | null {
  let text: string
  try {
    text = readFileSync(`/proc/${pid}/stat`, 'latin1')
  } catch {
    return null
  }
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ')
  const [state = '', parent = ''] = fields
  const exiting = (Number(fields[6]) & PF_EXITING) !== 0 || state === 'Z' || state === 'X'
  return { state, parent: Number(parent), startTime: fields[19] ?? '', exiting }
}

/** Children of a process's main thread. */
export function childrenOf(pid: number): number[] {
  try {
    return readFileSync(`/proc/${pid}/task/${pid}/children`, 'latin1').split(' ').filter(Boolean).map(Number)
  } catch {
    return childrenByScan(pid)
  }
}

/** Without CONFIG_PROC_CHILDREN. */
function childrenByScan(parent: number): number[] {
  const pids = readdirSync('/proc').filter((name) => /^\d+$/.test(name))
  return pids.map(Number).filter((pid) => readStat(pid)?.parent === parent)
}

/**
 * SIGKILL to every process that has a text in its arguments. A monitor of LXC that is killed while it starts a container leaves a child that waits for it for ever, and
 * that has its arguments still.
 */
export function killByArgument(text: string): void {
  for (const pid of readdirSync('/proc')) {
    if (!/^\d+$/.test(pid) || Number(pid) === process.pid) continue
    try {
      if (readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0').includes(text))
        process.kill(Number(pid), 'SIGKILL')
    } catch {
      // has ended
    }
  }
}
