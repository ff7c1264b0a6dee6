import { type Step, step } from '../plan/steps.js'
import type { CpusetGroup } from './cpuset.js'
import { cleanupSteps, type GroupPlan, reportSteps } from './group-plan.js'
import { planV1 } from './plan-v1.js'
import { planV1Exec } from './plan-v1-exec.js'
import { planV2, planV2Exec } from './plan-v2.js'
import type { ReportKey } from './report.js'
import type { CgroupPaths, CgroupPlace, LimitWrite } from './types.js'

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
}

/** What the groups of an exec are planned from. */
export interface ExecCgroupStepsInput {
  /** The groups of the running container. */
  readonly container: CgroupPaths
  readonly execId: string
  /** v2: the container's limits; those that programs look for in their own group are written there too. */
  readonly writes: readonly LimitWrite[]
  readonly firstSlot: number
  readonly killTimeoutMs?: number
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
  return finish(plan, watchSteps(plan), input.killTimeoutMs)
}

/** The groups of an exec: its own below the container's where it is counted, killed or frozen by itself. Pure. */
export function execCgroupSteps(input: ExecCgroupStepsInput): CgroupSteps {
  const plan = input.container.version === 1 ? planV1Exec(input) : planV2Exec(input)
  // v2 counts in the container's group what happens below it; v1 does not
  return finish(plan, plan.version === 1 ? watchSteps(plan) : [], input.killTimeoutMs)
}

function watchSteps({ reads, version }: GroupPlan): Step[] {
  const counter = reads.find((read) => read.key === 'memoryEvents')
  return counter === undefined ? [] : [step.watchOom({ slot: counter.slot, version })]
}

function finish(plan: GroupPlan, watch: readonly Step[], killTimeoutMs = KILL_TIMEOUT_MS): CgroupSteps {
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
