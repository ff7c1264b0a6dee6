import { randomBytes } from 'node:crypto'
import { existsSync, readdirSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'

const STEP_MS = 20
const STEPS = 500

/** A parent cgroup that no other run has. */
export interface OwnCgroups {
  /** For the option `cgroupParent` of a driver; undefined for an ordinary user, whose drivers choose a delegated one. */
  readonly parent: string | undefined
  /** Kills what is in the groups below it, and removes them, in every hierarchy. */
  remove(): Promise<void>
}

/** Names a parent cgroup, which drivers make. So tests may use any id, whatever else runs on the host. */
export function ownCgroups(): OwnCgroups {
  if (process.geteuid?.() !== 0) return { parent: undefined, remove: async () => {} }
  const parent = `/execd-test-${process.pid}-${randomBytes(4).toString('hex')}`
  return { parent, remove: () => removeEverywhere(parent) }
}

async function removeEverywhere(parent: string): Promise<void> {
  for (const mount of cgroupMounts(readFileSync('/proc/self/mountinfo', 'utf8'))) {
    const folder = join(mount, parent)
    // A killed process is in its group until it is reaped.
    for (let left = STEPS; existsSync(folder) && !removed(folder); left--) {
      if (left === 0) throw new Error(`${folder} cannot be removed: something in it does not end`)
      await sleep(STEP_MS)
    }
  }
}

function removed(group: string): boolean {
  for (const entry of readdirSync(group, { withFileTypes: true }))
    if (entry.isDirectory()) removed(join(group, entry.name))
  try {
    rmdirSync(group)
    return true
  } catch {
    end(group)
    return false
  }
}

function end(group: string): void {
  for (const pid of read(join(group, 'cgroup.procs')).split('\n').filter(Boolean).map(Number)) {
    try {
      // 0: a process of an outer pid namespace, which is not ours.
      if (pid > 0) process.kill(pid, 'SIGKILL')
    } catch {
      // it has ended meanwhile
    }
  }
  // A frozen process does not see the signal.
  for (const [file, thawed] of [
    ['freezer.state', 'THAWED'],
    ['cgroup.freeze', '0'],
  ] as const)
    if (existsSync(join(group, file))) write(join(group, file), thawed)
}

function read(file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch {
    return ''
  }
}

function write(file: string, text: string): void {
  try {
    writeFileSync(file, text)
  } catch {
    // the group has gone meanwhile
  }
}

/** Where the hierarchies are mounted, by the text of /proc/self/mountinfo. Pure. */
export function cgroupMounts(mountinfo: string): string[] {
  const found = mountinfo.split('\n').flatMap((line) => {
    const [left = '', right = ''] = line.split(' - ')
    const target = left.split(' ')[4]
    return /^cgroup2? /.test(right) && target !== undefined ? [target] : []
  })
  return [...new Set(found)]
}
