import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { parseMembership } from '@execd/linux/proc'
import { errnoOf, fileError } from '../errors.js'
import type { CgroupLayout, GroupDirs } from './cgroups.js'

/** Hierarchies in which an exec gets a group of its own, to be counted and ended by itself; in the others it joins the container's. */
const OWN: ReadonlySet<string> = new Set(['freezer', 'memory', 'cpuacct', 'pids', ''])

/** The groups of one exec. */
export interface ExecGroups {
  /** Its own. */
  readonly own: GroupDirs
  /** Files to write its pid to. */
  readonly join: readonly string[]
}

/** Makes the groups of an exec below the container's, so that the container's limits hold for it. Throws EXECD_CGROUP. */
export function makeExecGroups(payload: GroupDirs, execId: string): ExecGroups {
  const own = new Map(
    [...payload].filter(([name]) => OWN.has(name)).map(([name, dir]) => [name, `${dir}/exec-${execId}`]),
  )
  for (const dir of own.values()) {
    try {
      mkdirSync(dir)
    } catch (error) {
      if (errnoOf(error) !== 'EEXIST')
        throw fileError('EXECD_CGROUP', 'make the cgroup of the process', error)
    }
  }
  return { own, join: [...payload].map(([name, dir]) => `${own.get(name) ?? dir}/cgroup.procs`) }
}

/** Takes a tool out of a container's groups, back to where a child of this process is: there it is neither counted, frozen nor killed with the container. */
export function moveBack(layout: CgroupLayout, pid: number): void {
  const paths = parseMembership(readFileSync('/proc/self/cgroup', 'utf8'))
  for (const [name, mount] of layout.mounts) {
    try {
      writeFileSync(`${mount}${paths[name] ?? '/'}/cgroup.procs`, String(pid))
    } catch {
      // has ended, or a hierarchy whose top is not visible here
    }
  }
}
