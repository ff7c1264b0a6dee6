import type { CgroupPaths, CgroupPlace, CpusetGroup, LimitWrite, ReportKey } from '@execd/linux/cgroup'
import { type Step, step } from '../plan/steps.js'
import { cleanupSteps, type GroupPlan, reportSteps } from './group-plan.js'
import { planV1 } from './plan-v1.js'
import { planV1Exec } from './plan-v1-exec.js'
import { planV2, planV2Exec } from './plan-v2.js'

/** A v1 hierarchy in which the container has no group and an exec wants one. */
export interface LateGroup {
  readonly controllers: readonly string[]
  /** The groups to make, from the top down; the last is the container's. */
  readonly dirs: readonly string[]
}

/** What the groups of a new container are planned from. */
export interface CgroupStepsInput {
  readonly place: CgroupPlace
  /** Name of the container's group: a container id as core checks it. */
  readonly id: string
  /** Of `limitsFor`: written in this order, all before any process is in the group. */
  readonly writes: readonly LimitWrite[]
  /** v1: what `readCpusetChain` found; null when no limit of the cpuset controller is set. */
  readonly cpusetChain: readonly CpusetGroup[] | null
  /** First of the slots to use: three for each v1 hierarchy, three on v2. */
  readonly firstSlot: number
  /** How long the monitor waits for killed processes to be gone. Milliseconds, default 10000. */
  readonly killTimeoutMs?: number
  /** What the groups are tagged with. Default: null, no tag. */
  readonly tag?: string | null
}

/** What the groups of an exec are planned from. */
export interface ExecCgroupStepsInput {
  /** The groups of the running container. */
  readonly container: CgroupPaths
  readonly execId: string
  /** Limits of the exec alone. */
  readonly writes: readonly LimitWrite[]
  /** v2: the container's limits that programs look for in their own group. */
  readonly mirrored: readonly LimitWrite[]
  /** v1: hierarchies that `writes` need and `container` has no group in. */
  readonly late: readonly LateGroup[]
  /** v1, with limits of the cpuset controller: the groups on the way to the container's, that one included; else null. */
  readonly cpusetChain: readonly CpusetGroup[] | null
  readonly firstSlot: number
  readonly killTimeoutMs?: number
  /** What the groups are tagged with. Default: null, no tag. */
  readonly tag?: string | null
}

/** Steps for the groups of one process. In a plan they come before other steps of the same phase but those they do not concern. */
export interface CgroupSteps {
  /** Makes the groups, writes the limits, opens what is joined. */
  readonly host: readonly Step[]
  /** Joins (v1 only). Must be the first steps of the child: descriptors are found in its own root. */
  readonly child: readonly Step[]
  /** The monitor's, when the groups are made: tells of processes that are killed for want of memory while the container runs. */
  readonly watch: readonly Step[]
  /** Reads the counters; `reportKeys[n]` says what the n-th read is, for `usageFromReport`. */
  readonly report: readonly Step[]
  readonly reportKeys: readonly ReportKey[]
  /**
   * Kills what is left and removes the groups. Touches no group that this plan has not made: the steps then succeed without effect.
   */
  readonly cleanup: readonly Step[]
  /** v2: for CLONE_INTO_CGROUP; v1: -1. */
  readonly cgroupSlot: number
  /** The first slot left free. */
  readonly nextSlot: number
  readonly paths: CgroupPaths
}

const KILL_TIMEOUT_MS = 10_000

/** The groups of a new container. Pure. */
export function cgroupSteps(input: CgroupStepsInput): CgroupSteps {
  const plan = input.place.version === 1 ? planV1(input) : planV2(input)
  return finish(plan, input.killTimeoutMs)
}

/** The groups of an exec: its own below the container's where it is counted, killed, frozen or limited by itself. Pure. */
export function execCgroupSteps(input: ExecCgroupStepsInput): CgroupSteps {
  return finish(input.container.version === 1 ? planV1Exec(input) : planV2Exec(input), input.killTimeoutMs)
}

function finish(plan: GroupPlan, killTimeoutMs = KILL_TIMEOUT_MS): CgroupSteps {
  const { watchSlot, version } = plan
  const watch = watchSlot === null ? [] : [step.watchOom({ slot: watchSlot, version })]
  return {
    host: plan.host,
    child: plan.child,
    watch,
    report: reportSteps(plan),
    reportKeys: plan.reads.map((read) => read.key),
    cleanup: cleanupSteps(plan, killTimeoutMs),
    cgroupSlot: plan.cgroupSlot,
    nextSlot: plan.nextSlot,
    paths: plan.paths,
  }
}
