import { randomInt } from 'node:crypto'
import { existsSync, readdirSync, readFileSync, readlinkSync, rmdirSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** A file of /proc or of a cgroup, or null when its process or group is gone. */
export function readOrNull(path: string): string | null {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return null
  }
}

/** Where each v1 controller, and the v2 hierarchy as "", is mounted. */
export function cgroupMounts(): Map<string, string> {
  const found = new Map<string, string>()
  for (const line of readFileSync('/proc/self/mountinfo', 'utf8').split('\n')) {
    const [left = '', right = ''] = line.split(' - ')
    const target = left.split(' ')[4] ?? ''
    const [type, , options = ''] = right.split(' ')
    if (type === 'cgroup2') found.set('', target)
    if (type === 'cgroup') for (const word of options.split(',')) found.set(word, target)
  }
  return found
}

/** The folders of a parent group in every hierarchy, where it exists. */
export function parentFolders(parent: string): string[] {
  return [...new Set(cgroupMounts().values())]
    .map((mount) => join(mount, parent))
    .filter((path) => existsSync(path))
}

/** The groups below a parent, in every hierarchy. */
export function groupsBelow(parent: string): string[] {
  return parentFolders(parent).flatMap((folder) =>
    readdirSync(folder, { withFileTypes: true })
      .filter((entry) => entry.isDirectory())
      .map((entry) => join(folder, entry.name)),
  )
}

/** Removes groups that were found and should not be there; what holds processes stays. */
export function removeGroups(groups: readonly string[]): void {
  for (const group of groups) {
    const inner = readdirSync(group, { withFileTypes: true }).filter((entry) => entry.isDirectory())
    removeGroups(inner.map((entry) => join(group, entry.name)))
    try {
      rmdirSync(group)
    } catch {
      // in use: the test that left it has failed
    }
  }
}

/** Fields of /proc/pid/stat from the third on: state, ppid, ... */
function statFields(pid: string): string[] {
  const stat = readOrNull(`/proc/${pid}/stat`) ?? ''
  return stat.slice(stat.lastIndexOf(')') + 2).split(' ')
}

/** Every process id of the host. */
export function allPids(): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
}

/** Children of a process, zombies too, as "pid (name)". */
export function childrenOf(parent: number): string[] {
  return allPids()
    .filter((pid) => statFields(String(pid))[1] === String(parent))
    .map((pid) => `${pid} (${(readOrNull(`/proc/${pid}/comm`) ?? '').trim()})`)
}

/** A time for `sleep` that no other process of the host has: what a test leaves running is known by it. */
export function newMark(): string {
  return String(1_000_000 + randomInt(2 ** 30))
}

/** Host pids of `sleep` with this time: what the tests leave running has a time of its own. */
export function sleepers(time: string): number[] {
  return allPids().filter((pid) => readOrNull(`/proc/${pid}/cmdline`) === `sleep\0${time}\0`)
}

/** Whether the process exists and is no zombie. */
export function isAlive(pid: number): boolean {
  const [state] = statFields(String(pid))
  return state !== undefined && state !== '' && state !== 'Z' && state !== 'X'
}

/** The open descriptors of this process with what they are; regular files of node itself come and go and are left out. */
export function descriptors(): string[] {
  const found: string[] = []
  for (const fd of readdirSync('/proc/self/fd')) {
    try {
      const target = readlinkSync(`/proc/self/fd/${fd}`)
      if (/^\/proc\/\d+\/fd$/.test(target)) continue
      found.push(`${fd} ${target}`)
    } catch {
      // the descriptor of the listing itself
    }
  }
  return found.sort()
}

/** The mounts of the host, but for those in temporary folders of other programs. */
export function mounts(): string[] {
  const others = new RegExp(`^${tmpdir()}/(?!execd-)`)
  const lines = readFileSync('/proc/self/mountinfo', 'utf8').split('\n').filter(Boolean)
  return lines.filter((line) => !others.test(line.split(' ')[4] ?? ''))
}
