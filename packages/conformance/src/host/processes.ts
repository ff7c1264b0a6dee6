import { readdirSync, readFileSync, readlinkSync } from 'node:fs'
import { isAlive, readStat } from '@execd/linux/proc'

/** The same number on every architecture that Node runs on (fcntl(2)). */
const O_CLOEXEC = 0o2000000

/** A process of this host that cannot be mistaken for a later one with the same id. */
export interface Identity {
  readonly pid: number
  /** Clock ticks from boot to its start (proc(5), field 22 of stat). */
  readonly started: string
}

/** The process that has an id now, or null. */
export function identify(pid: number): Identity | null {
  const stat = readStat(pid)
  return stat === null ? null : { pid, started: String(stat.startTime) }
}

/** Which of the processes still live. One that has ended and is only waiting for its parent (Z, X) does not. */
export function alive(processes: readonly Identity[]): Identity[] {
  return processes.filter(({ pid, started }) => {
    return isAlive({ pid, startTime: BigInt(started) })
  })
}

/** Whether a process has been stopped by a signal. */
export function isStopped(pid: number): boolean {
  return /^[tT]/.test(readStat(pid)?.state ?? '')
}

/** Sends SIGKILL to those that still live. */
export function killAll(processes: readonly Identity[]): void {
  for (const { pid } of alive(processes)) {
    try {
      process.kill(pid, 'SIGKILL')
    } catch {
      // It has just ended.
    }
  }
}

/** Ids of the children of this process, ended ones that nobody has waited for among them. */
export function children(): number[] {
  const threads = readdirSync('/proc/self/task')
  return threads
    .flatMap((thread) => readFileSync(`/proc/self/task/${thread}/children`, 'latin1').split(' '))
    .filter((text) => text.trim() !== '')
    .map(Number)
}

/** What the open descriptors of this process are, with how many of each. */
export function descriptors(): Map<string, number> {
  const found = new Map<string, number>()
  for (const name of readdirSync('/proc/self/fd')) {
    const target = linkOf(`/proc/self/fd/${name}`)
    const kind = target?.replace(/\d+/g, '')
    if (kind !== undefined && kind !== '/proc//fd') found.set(kind, (found.get(kind) ?? 0) + 1)
  }
  return found
}

/** Descriptors above 2 that this process has open and every program that it executes gets: what it was started with, and Node did not close on exec. */
export function inherited(): number[] {
  return readdirSync('/proc/self/fd')
    .map(Number)
    .filter((fd) => fd > 2 && !isClosedOnExec(fd))
}

function isClosedOnExec(fd: number): boolean {
  try {
    const flags = /^flags:\s*([0-7]+)/m.exec(readFileSync(`/proc/self/fdinfo/${fd}`, 'latin1'))?.[1] ?? ''
    return (Number.parseInt(flags, 8) & O_CLOEXEC) !== 0
  } catch {
    return true // it was that of the folder that is read
  }
}

/** Where a link leads, or undefined. */
export function linkOf(path: string): string | undefined {
  try {
    return readlinkSync(path)
  } catch {
    return undefined
  }
}
