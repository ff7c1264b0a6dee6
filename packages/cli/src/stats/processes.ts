import { readFile } from 'node:fs/promises'
import { bytesText } from '../output/bytes.js'
import { table } from '../output/table.js'

/** Of Linux on x64 and arm64 (sysconf(_SC_CLK_TCK)). */
const TICKS = 100

/** A process of the host. */
export interface ProcessSample {
  readonly pid: number
  /** Its number in the innermost pid namespace. */
  readonly inner: number
  /** Milliseconds of processor time since its start. */
  readonly cpuTime: number
  /** Bytes. */
  readonly resident: number
  readonly state: string
  readonly words: string
}

/** Looks at processes; those that ended meanwhile are left out. */
export async function readProcesses(pids: readonly number[]): Promise<ProcessSample[]> {
  const found = await Promise.all(pids.map(readProcess))
  return found.filter((sample) => sample !== null)
}

async function readProcess(pid: number): Promise<ProcessSample | null> {
  const read = (name: string): Promise<string> => readFile(`/proc/${pid}/${name}`, 'utf8')
  try {
    const [stat, status, words] = await Promise.all([read('stat'), read('status'), read('cmdline')])
    return parseProcess(pid, stat, status, words)
  } catch {
    return null
  }
}

/** From the texts of /proc/PID/stat, status and cmdline (proc(5)). Pure. */
export function parseProcess(pid: number, stat: string, status: string, words: string): ProcessSample {
  // The name is in parentheses and may hold any character.
  const name = stat.slice(stat.indexOf('(') + 1, stat.lastIndexOf(')'))
  const [state = '?', ...fields] = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  const line = (key: string): string => new RegExp(`^${key}:\\s*(.*)$`, 'm').exec(status)?.[1] ?? ''
  return {
    pid,
    inner: Number(line('NSpid').split(/\s+/).at(-1) || pid),
    cpuTime: ((Number(fields[10]) + Number(fields[11])) * 1000) / TICKS,
    resident: (Number.parseInt(line('VmRSS'), 10) || 0) * 1024,
    state,
    words: words.replaceAll('\0', ' ').trim() || `[${name}]`,
  }
}

/** A process with its part of a processor since the sample before. */
export interface ProcessRow extends ProcessSample {
  readonly cpus: number | null
}

/** Joins two looks that are so many milliseconds apart. Pure. */
export function processRows(
  before: readonly ProcessSample[],
  now: readonly ProcessSample[],
  elapsed: number,
): ProcessRow[] {
  return now.map((sample) => {
    const last = before.find(({ pid }) => pid === sample.pid)
    const cpus =
      last === undefined || elapsed <= 0 ? null : Math.max(0, sample.cpuTime - last.cpuTime) / elapsed
    return { ...sample, cpus }
  })
}

/** Rows as a table. Pure. */
export function processTable(rows: readonly ProcessRow[]): string {
  return table(
    ['PID', 'INSIDE', 'STATE', 'CPU', 'MEMORY', 'COMMAND'],
    rows.map(({ pid, inner, state, cpus, resident, words }) => [
      String(pid),
      String(inner),
      state,
      cpus === null ? '-' : `${(cpus * 100).toFixed(1)}%`,
      bytesText(resident),
      words,
    ]),
  )
}
