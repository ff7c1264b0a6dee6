import { O_DIRECTORY, O_NOFOLLOW, O_PATH, O_WRONLY } from '../linux/constants.js'
import { slotPath } from '../plan/ops.js'
import { type Step, step } from '../plan/steps.js'
import { words } from './layout.js'
import type { ReportKey } from './report.js'
import type { CgroupPaths, LimitWrite } from './types.js'

/** One counter that is read when the process has ended. */
export interface ReportRead {
  readonly key: ReportKey
  readonly slot: number
  readonly file: string
}

/** What planning a version's groups comes to. */
export interface GroupPlan {
  readonly version: 1 | 2
  readonly host: readonly Step[]
  readonly child: readonly Step[]
  readonly reads: readonly ReportRead[]
  /** Groups that were made, in the order of making; one whose slot is not open was not made. */
  readonly made: readonly { readonly slot: number; readonly name: string }[]
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

/** Makes a group that must be new (EEXIST otherwise) and opens it. */
export function makeGroup(dir: string, slot: number): Step[] {
  const open = step.open({ phase: 'host', slot, flags: O_PATH | O_DIRECTORY | O_NOFOLLOW, path: dir })
  return [step.mkdir({ phase: 'host', dir: -1, mode: GROUP_MODE, file: dir }), open]
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
 * Steps that kill and remove. A group is named through its own descriptor ("/proc/self/fd/N/../NAME"): when it was not made by
 * this plan, since another container has its name, the descriptor is not open and the path leads nowhere, which is no error.
 * The monitor keeps only descriptors that a later step names by slot, so a group that nothing is read from is emptied by a step of
 * its own (it is empty already, when the first kill has found everything).
 */
export function cleanupSteps(plan: GroupPlan, timeoutMs: number): Step[] {
  const { version, killSlot } = plan
  const named = new Set([killSlot, ...plan.reads.map((read) => read.slot)])
  const others = plan.made.map(({ slot }) => slot).filter((slot) => !named.has(slot))
  const kill = [killSlot, ...others].map((dir) => step.cgroupKill({ dir, version, timeoutMs }))
  const remove = plan.made.map(({ slot, name }) =>
    step.rmdir({
      dir: -1,
      recursive: true,
      timeoutMs: RMDIR_TIMEOUT_MS,
      file: `${slotPath(slot)}/../${name}`,
    }),
  )
  return [...kill, ...remove]
}

/** Text for cgroup.subtree_control that switches controllers on; those that are on already change nothing. */
export function enableText(controllers: Iterable<string>): string {
  return words([...controllers].join(' '))
    .map((controller) => `+${controller}`)
    .join(' ')
}
