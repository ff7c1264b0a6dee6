import type { CgroupPaths, LimitWrite, ReportFile } from '@execd/linux/cgroup'
import { O_DIRECTORY, O_NOFOLLOW, O_PATH, O_WRONLY } from '../linux/constants.js'
import { type Step, step } from '../plan/steps.js'
import { TAG_ATTRIBUTE } from '../state/tags.js'

/** One counter that is read when the process has ended. */
export interface ReportRead extends ReportFile {
  readonly slot: number
}

/** A group that a plan makes. */
export interface MadeGroup {
  /** Directory of the group above it. */
  readonly parent: number
  readonly name: string
  /** Directory of the group; not open when it was not made. */
  readonly slot: number
}

/** What planning a version's groups comes to. */
export interface GroupPlan {
  readonly version: 1 | 2
  readonly host: readonly Step[]
  readonly child: readonly Step[]
  readonly reads: readonly ReportRead[]
  /** Groups that were made, in the order of making; one whose slot is not open was not made. */
  readonly made: readonly MadeGroup[]
  /** The group whose kills for want of memory are told while the process runs; null: told by another plan, or by none. */
  readonly watchSlot: number | null
  /** The group through which every process is found. */
  readonly killSlot: number
  readonly cgroupSlot: number
  readonly nextSlot: number
  readonly paths: CgroupPaths
}

/** Access of a new group's directory; its files get the kernel's. */
const GROUP_MODE = 0o755
/** A group is busy for a moment after its last process has ended. */
const RMDIR_TIMEOUT_MS = 2000

/** Makes a group that may be there already. */
export function makeParent(dir: string): Step {
  return step.mkdir({ phase: 'host', dir: -1, mode: GROUP_MODE, existOk: true, file: dir })
}

const DIRECTORY = O_PATH | O_DIRECTORY | O_NOFOLLOW

/** Opens an existing group. */
export function openGroup(path: string, slot: number): Step {
  return step.open({ phase: 'host', slot, flags: DIRECTORY, path })
}

/** Makes a group that must be new (EEXIST otherwise) in an open one, opens it, and tags it unless the tag is null. */
export function makeGroup({ parent, name, slot }: MadeGroup, tag: string | null = null): Step[] {
  const mark = tag === null ? [] : [step.tag({ phase: 'host', slot, attribute: TAG_ATTRIBUTE, value: tag })]
  return [
    step.mkdir({ phase: 'host', dir: parent, mode: GROUP_MODE, file: name }),
    step.open({ phase: 'host', slot, dir: parent, flags: DIRECTORY, path: name }),
    ...mark,
  ]
}

/** Opens the file by which a process joins a v1 group; the child writes to it. */
export function openTasks(dir: number, path: string, slot: number): Step {
  return step.open({ phase: 'host', slot, dir, flags: O_WRONLY | O_NOFOLLOW, path })
}

/** A value for a group whose directory is open. */
export function writeLimit(slot: number, write: LimitWrite): Step {
  return step.write({ phase: 'host', dir: slot, file: write.file, data: write.data })
}

/** Steps that read the counters. */
export function reportSteps(plan: GroupPlan): Step[] {
  return plan.reads.map(({ slot, file }) => step.read({ dir: slot, file }))
}

/**
 * Steps that kill and remove, all by descriptor: the monitor of an exec is in the container's mount namespace by then. A group
 * whose own descriptor is not open was not made by this plan (another container has its name) and is left alone.
 */
export function cleanupSteps(plan: GroupPlan, timeoutMs: number): Step[] {
  const { version, killSlot } = plan
  const recursive = true
  const remove = plan.made.map(({ parent, slot, name }) =>
    step.rmdir({ dir: parent, recursive, timeoutMs: RMDIR_TIMEOUT_MS, file: name, guard: slot }),
  )
  const removeLate = (plan.paths.late ?? []).map((file) =>
    step.rmdir({ dir: -1, recursive, timeoutMs: RMDIR_TIMEOUT_MS, file, guard: killSlot }),
  )
  return [step.cgroupKill({ dir: killSlot, version, timeoutMs }), ...remove, ...removeLate]
}
