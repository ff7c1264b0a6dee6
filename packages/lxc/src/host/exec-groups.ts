import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import type { Resources } from '@execd/core/driver'
import {
  type CgroupLayout,
  type CgroupPaths,
  controllersOf,
  enableText,
  execPaths,
  groupsOfProcess,
  type LimitWrite,
  limitError,
  limitsFor,
} from '@execd/linux/cgroup'
import { errnoOf } from '@execd/linux/errno'
import { fileError, unsupported } from '../errors.js'
import { placeOf } from './cgroups.js'
import type { Host } from './host.js'

/** The groups of one exec. */
export interface ExecGroups {
  /** Its own. */
  readonly own: CgroupPaths
  /** Files to write its pid to. */
  readonly join: readonly string[]
}

/** What is written for an exec's own limits. Throws EXECD_UNSUPPORTED for one that cannot be enforced. */
function writesFor(resources: Resources | null, host: Host): readonly LimitWrite[] {
  if (resources === null) return []
  const { writes, unsupported: refused } = limitsFor(placeOf(host), {
    resources,
    devices: null,
    facts: host.facts,
  })
  const [first] = refused
  if (first !== undefined) throw unsupported(first.field, first.reason, first.hint)
  return writes
}

/**
 * Makes the groups of an exec below the container's, so that the container's limits hold for it, and writes its own limits. Throws EXECD_CGROUP, EXECD_LIMIT,
 * EXECD_UNSUPPORTED; then what was made is still there.
 */
export function makeExecGroups(
  payload: CgroupPaths,
  execId: string,
  resources: Resources | null,
  host: Host,
): ExecGroups {
  const writes = writesFor(resources, host)
  const own = execPaths(payload, execId, controllersOf(writes))
  if (own.version === 2) passOn(payload)
  for (const dir of new Set(Object.values(own.dirs))) {
    try {
      mkdirSync(dir)
    } catch (error) {
      if (errnoOf(error) !== 'EEXIST')
        throw fileError('EXECD_CGROUP', 'make the cgroup of the process', error)
    }
  }
  fillCpuset(payload, own)
  for (const write of writes) {
    try {
      const dir = own.dirs[own.version === 2 ? 'unified' : write.controller]
      writeFileSync(`${dir}/${write.file}`, write.data)
    } catch (error) {
      throw limitError(write, errnoOf(error), execId, error)
    }
  }
  const dirs = Object.entries(payload.dirs).map(([name, dir]) => own.dirs[name] ?? dir)
  return { own, join: [...new Set(dirs)].map((dir) => `${dir}/cgroup.procs`) }
}

/** v2: the container's group passes its controllers on, which it can as LXC has put the processes into a group below it. */
function passOn({ dirs }: CgroupPaths): void {
  try {
    const controllers = readFileSync(`${dirs.unified}/cgroup.controllers`, 'utf8')
      .split(/\s+/)
      .filter(Boolean)
    writeFileSync(`${dirs.unified}/cgroup.subtree_control`, enableText(controllers))
  } catch (error) {
    throw fileError('EXECD_CGROUP', 'pass controllers on to the cgroup of the process', error)
  }
}

/** A new cpuset of v1 is empty and lets no process in (cpuset(7)). */
function fillCpuset(payload: CgroupPaths, own: CgroupPaths): void {
  if (own.version === 2 || own.dirs.cpuset === undefined) return
  for (const file of ['cpuset.cpus', 'cpuset.mems']) {
    try {
      writeFileSync(`${own.dirs.cpuset}/${file}`, readFileSync(`${payload.dirs.cpuset}/${file}`))
    } catch (error) {
      throw fileError('EXECD_CGROUP', 'fill the cpuset of the process', error)
    }
  }
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
