import {
  containerPaths,
  controllersOf,
  cpusetFills,
  joinPath,
  type LimitWrite,
  parentDir,
  REPORT_FILES_V1,
} from '@execd/linux/cgroup'
import { type Step, step } from '../plan/steps.js'
import {
  type GroupPlan,
  type MadeGroup,
  makeGroup,
  makeParent,
  openGroup,
  openTasks,
  type ReportRead,
  writeLimit,
} from './group-plan.js'
import type { CgroupStepsInput } from './plan.js'

/** Controllers that every container has a group of: counters, killing, freezing and the device list. Each group costs 20 to 50 us. */
const ALWAYS_V1: readonly string[] = ['memory', 'pids', 'cpuacct', 'freezer', 'devices']

/** Where all processes of a container are found, best first: the freezer keeps them from forking meanwhile. */
const KILL_ORDER = ['freezer', 'pids', 'memory', 'cpuacct', 'devices']

/**
 * v1: one group in each hierarchy in use. The child joins by writing "0" to `tasks`, which moves the one thread that it is for
 * some 20 us; a pid in cgroup.procs would wait for an RCU grace period of 7 to 15 ms.
 */
export function planV1(input: CgroupStepsInput): GroupPlan {
  const wanted = new Set([...ALWAYS_V1, ...controllersOf(input.writes)])
  const fills = cpusetFills(input.cpusetChain ?? [], input.writes)
  const writes: readonly LimitWrite[] = [...input.writes, ...(wanted.has('cpuset') ? fills.own : [])]
  const host: Step[] = []
  const child: Step[] = []
  const made: MadeGroup[] = []
  const reads: ReportRead[] = []
  const slots: Record<string, number> = {}
  let slot = input.firstSlot

  for (const parent of input.place.parents) {
    if (!parent.controllers.some((controller) => wanted.has(controller))) continue
    const group = slot
    const tasks = slot + 1
    const one = { parent: slot + 2, name: input.id, slot: group }
    slot += 3
    for (const [index] of parent.names.entries()) {
      host.push(makeParent(joinPath(parent.top, ...parent.names.slice(0, index + 1))))
    }
    if (parent.controllers.includes('cpuset')) {
      for (const { dir, file, data } of fills.parents) {
        host.push(step.write({ phase: 'host', dir: -1, file: joinPath(dir, file), data }))
      }
    }
    host.push(openGroup(parentDir(parent), one.parent), ...makeGroup(one, input.tag))
    made.push(one)
    for (const write of writes) {
      if (parent.controllers.includes(write.controller)) host.push(writeLimit(group, write))
    }
    host.push(openTasks(group, 'tasks', tasks))
    child.push(step.writeFd({ phase: 'child', slot: tasks, data: '0' }))
    for (const controller of parent.controllers) {
      slots[controller] = group
      for (const read of REPORT_FILES_V1[controller] ?? []) reads.push({ ...read, slot: group })
    }
  }
  const paths = containerPaths(input.place, input.id, wanted)
  return {
    version: 1,
    host,
    child,
    reads,
    made,
    watchSlot: slots.memory ?? null,
    killSlot: killSlot(slots),
    cgroupSlot: -1,
    nextSlot: slot,
    paths,
  }
}

/** The slot of the group through which to kill; -1 when there is no group. */
export function killSlot(slots: Readonly<Record<string, number>>): number {
  const best = KILL_ORDER.find((controller) => controller in slots)
  return (best === undefined ? Object.values(slots)[0] : slots[best]) ?? -1
}
