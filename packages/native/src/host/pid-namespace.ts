import { readdir, readlink } from 'node:fs/promises'

async function namespaceOf(pid: string): Promise<string | null> {
  try {
    return await readlink(`/proc/${pid}/ns/pid`)
  } catch {
    return null // ended, or not ours to look at
  }
}

/** Host pids of every process in the pid namespace of a process: for containers without a cgroup. */
export async function pidsOfNamespace(pid: number): Promise<number[]> {
  const wanted = await namespaceOf(String(pid))
  if (wanted === null) return []
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name))
  const namespaces = await Promise.all(pids.map(namespaceOf))
  return pids.filter((_, index) => namespaces[index] === wanted).map(Number)
}
