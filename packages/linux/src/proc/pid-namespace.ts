import { readlink } from 'node:fs/promises'
import { allPids } from './children.js'

async function namespaceOf(pid: number): Promise<string | null> {
  try {
    return await readlink(`/proc/${pid}/ns/pid`)
  } catch {
    return null // ended, or not ours to look at
  }
}

/** Ids, as this process sees them, of every process in the pid namespace of a process: for containers without a cgroup. Empty when it has ended. */
export async function pidsOfNamespace(pid: number): Promise<number[]> {
  const wanted = await namespaceOf(pid)
  if (wanted === null) return []
  const pids = allPids()
  const namespaces = await Promise.all(pids.map(namespaceOf))
  return pids.filter((_, index) => namespaces[index] === wanted)
}
