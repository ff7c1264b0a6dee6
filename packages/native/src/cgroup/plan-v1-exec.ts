import { type Step, step } from '../plan/steps.js'
import {
  type GroupPlan,
  type MadeGroup,
  makeGroup,
  openGroup,
  openTasks,
  type ReportRead,
} from './group-plan.js'
import { join } from './layout.js'
import { execLeaf, execPaths } from './paths.js'
import type { ExecCgroupStepsInput } from './plan.js'
import { killSlot, REPORT_FILES_V1 } from './plan-v1.js'

/** v1: a group below the container's where the exec is counted, killed and frozen by itself; the container's own group elsewhere. */
export function planV1Exec(input: ExecCgroupStepsInput): GroupPlan {
  const paths = execPaths(input.container, input.execId)
  const name = execLeaf(input.execId)
  const host: Step[] = []
  const child: Step[] = []
  const made: MadeGroup[] = []
  const reads: ReportRead[] = []
  const slots: Record<string, number> = {}
  let slot = input.firstSlot

  for (const dir of new Set(Object.values(input.container.dirs))) {
    const controllers = Object.keys(input.container.dirs).filter((key) => input.container.dirs[key] === dir)
    const own = controllers.some((controller) => controller in paths.dirs)
    if (own) {
      const group = slot + 1
      const one = { parent: slot, name, slot: group }
      slot += 2
      host.push(openGroup(dir, one.parent), ...makeGroup(one))
      made.push(one)
      for (const controller of controllers) {
        slots[controller] = group
        for (const read of REPORT_FILES_V1[controller] ?? []) reads.push({ ...read, slot: group })
      }
    }
    host.push(openTasks(-1, own ? join(dir, name, 'tasks') : join(dir, 'tasks'), slot))
    child.push(step.writeFd({ phase: 'child', slot, data: '0' }))
    slot += 1
  }
  return {
    version: 1,
    host,
    child,
    reads,
    made,
    killSlot: killSlot(slots),
    cgroupSlot: -1,
    nextSlot: slot,
    paths,
  }
}
