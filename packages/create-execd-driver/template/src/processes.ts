import { readdirSync, readFileSync, readlinkSync } from 'node:fs'

/** The first child of a process of ours; null when it has none (yet). */
export function childOf(pid: number): number | null {
  const [first] = textOf(`/proc/${pid}/task/${pid}/children`).split(' ')
  return first === undefined || first === '' ? null : Number(first)
}

/** Which program a process executes; null when it has ended. */
export function programOf(pid: number): string | null {
  return linkOf(`/proc/${pid}/exe`)
}

/** Process ids of everything that is in the PID namespace of a process. */
export function together(pid: number): number[] {
  const namespace = linkOf(`/proc/${pid}/ns/pid`)
  if (namespace === null) return []
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name) && linkOf(`/proc/${name}/ns/pid`) === namespace)
    .map(Number)
}

/** Parent of a process, or null when it has ended. */
export function parentOf(pid: number): number | null {
  const stat = textOf(`/proc/${pid}/stat`)
  const parent = stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]
  return parent === undefined ? null : Number(parent)
}

function textOf(path: string): string {
  try {
    return readFileSync(path, 'latin1')
  } catch {
    return ''
  }
}

function linkOf(path: string): string | null {
  try {
    return readlinkSync(path)
  } catch {
    return null
  }
}
