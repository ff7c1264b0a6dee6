import type { CgroupPaths } from '@execd/linux/cgroup'
import type { ContainerGroups } from '../cgroup/container-groups.js'
import { INIT_LEAF } from '../cgroup/init-leaf.js'
import { type Step, step } from '../plan/steps.js'

/** The cgroup's steps, by where they go into a plan. */
export interface CgroupPart {
  /** Before the child is made. */
  readonly host: readonly Step[]
  /** While the child is at work already. */
  readonly parent: readonly Step[]
  /** The child's own: it waits for the groups and joins them. */
  readonly join: readonly Step[]
}

/** The groups are made before the child: it is born in them (v2), or joins them at once (v1). Pure. */
export function groupsFirst(groups: ContainerGroups | null): CgroupPart {
  return { host: groups?.host ?? [], parent: [], join: groups?.child ?? [] }
}

/**
 * The groups are made while the child sets its root up; it joins them, by path, before it leaves the host's root. Only for v1, and only where
 * the child still has the rights of the host's root. Pure.
 */
export function groupsMeanwhile(groups: ContainerGroups): CgroupPart {
  const parent = groups.host.flatMap((one): Step[] => {
    if (one.name === 'open' && one.path === TASKS) return []
    return [{ ...one, phase: 'parent' } as Step]
  })
  const dirs = [...new Set(Object.values(groups.paths.dirs))]
  const join = dirs.map((dir) => step.write({ dir: -1, file: `${dir}/${TASKS}`, data: '0' }))
  return { host: [], parent, join: [step.barrier(), ...join] }
}

/** v1: a single thread that writes "0" here moves itself and nobody else, without waiting for an RCU grace period. */
const TASKS = 'tasks'

/** What /sys/fs/cgroup shows: a folder for each v1 controller, or the one group of v2 that the first process is in. Pure. */
export function cgroupFolders(paths: CgroupPaths): Array<readonly [name: string, hostPath: string]> {
  return Object.entries(paths.dirs).map(([name, path]) =>
    paths.version === 2 ? (['', `${path}/${INIT_LEAF}`] as const) : ([name, path] as const),
  )
}
