import { existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { type CgroupLayout, type CgroupPaths, execPaths, groupsOfProcess } from '@execd/linux/cgroup'
import { errnoOf } from '@execd/linux/errno'
import { fileError } from '../errors.js'

/** The groups of one exec. */
export interface ExecGroups {
  /** Its own. */
  readonly own: CgroupPaths
  /** Files to write its pid to. */
  readonly join: readonly string[]
}

/** Makes the groups of an exec below the container's, so that the container's limits hold for it. Throws EXECD_CGROUP. */
export function makeExecGroups(payload: CgroupPaths, execId: string): ExecGroups {
  const own = execPaths(payload, execId)
  for (const dir of new Set(Object.values(own.dirs))) {
    try {
      mkdirSync(dir)
    } catch (error) {
      if (errnoOf(error) !== 'EEXIST')
        throw fileError('EXECD_CGROUP', 'make the cgroup of the process', error)
    }
  }
  const dirs = Object.entries(payload.dirs).map(([name, dir]) => own.dirs[name] ?? dir)
  // LXC may have been told to leave a hierarchy alone
  const files = [...new Set(dirs)].map((dir) => `${dir}/cgroup.procs`)
  return { own, join: files.filter((file) => existsSync(file)) }
}

/** Takes a tool out of a container's groups, back to where a child of this process is: there it is neither counted, frozen nor killed with the container. */
export function moveBack(layout: CgroupLayout, pid: number): void {
  for (const dir of new Set(Object.values(groupsOfProcess(layout, 'self')?.dirs ?? {}))) {
    try {
      writeFileSync(`${dir}/cgroup.procs`, String(pid))
    } catch {
      // has ended
    }
  }
}
