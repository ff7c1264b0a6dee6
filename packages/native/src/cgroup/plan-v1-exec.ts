import {
  controllersOf,
  cpusetFills,
  execLeaf,
  execPaths,
  hasExecGroup,
  joinPath,
  type LimitWrite,
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
import type { ExecCgroupStepsInput } from './plan.js'
import { killSlot } from './plan-v1.js'

/**
 * v1: a group below the container's where the exec is counted, killed and frozen by itself or has a limit of its own; the container's own group
 * elsewhere. Where the container has no group, one is made for the limit; it goes with the container.
 */
export function planV1Exec(input: ExecCgroupStepsInput): GroupPlan {
  const limited = controllersOf(input.writes)
  const late = Object.fromEntries(
    input.late.flatMap(({ controllers, dirs }) => controllers.map((name) => [name, dirs.at(-1) ?? ''])),
  )
  const container = { ...input.container, dirs: { ...input.container.dirs, ...late } }
  const paths = execPaths(container, input.execId, limited)
  const name = execLeaf(input.execId)
  const fills = cpusetFills(input.cpusetChain ?? [], input.writes)
  const writes: readonly LimitWrite[] = [...input.writes, ...(limited.has('cpuset') ? fills.own : [])]
  const host: Step[] = input.late.flatMap(({ dirs }) => dirs.map(makeParent))
  for (const { dir, file, data } of limited.has('cpuset') ? fills.parents : []) {
    host.push(step.write({ phase: 'host', dir: -1, file: joinPath(dir, file), data }))
  }
  const child: Step[] = []
  const made: MadeGroup[] = []
  const reads: ReportRead[] = []
  const slots: Record<string, number> = {}
  let slot = input.firstSlot

  for (const dir of new Set(Object.values(container.dirs))) {
    const controllers = Object.keys(container.dirs).filter((key) => container.dirs[key] === dir)
    const own = hasExecGroup(controllers, limited)
    if (own) {
      const group = slot + 1
      const one = { parent: slot, name, slot: group }
      slot += 2
      host.push(openGroup(dir, one.parent), ...makeGroup(one, input.tag))
      made.push(one)
      for (const write of writes) {
        if (controllers.includes(write.controller)) host.push(writeLimit(group, write))
      }
      for (const controller of controllers) {
        slots[controller] = group
        for (const read of REPORT_FILES_V1[controller] ?? []) reads.push({ ...read, slot: group })
      }
    }
    host.push(openTasks(-1, own ? joinPath(dir, name, 'tasks') : joinPath(dir, 'tasks'), slot))
    child.push(step.writeFd({ phase: 'child', slot, data: '0' }))
    slot += 1
  }
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
