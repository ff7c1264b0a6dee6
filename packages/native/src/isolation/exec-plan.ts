import type { Command, ProcessSpec } from '@execd/core/driver'
import type { ContainerGroups } from '../cgroup/container-groups.js'
import type { HostFacts } from '../host/facts.js'
import { CLONE_NEWCGROUP, CLONE_NEWUSER, O_DIRECTORY, O_PATH, S_IFDIR } from '../linux/constants.js'
import { step } from '../plan/steps.js'
import { type About, type Plan, PlanBuilder } from './builder.js'
import { availableCapabilities } from './device-guard.js'
import type { UserNamespace } from './id-map.js'
import { joinFlags, type Peer } from './namespaces.js'
import { addBounds, addProcess, type Filter, type ProcessContext } from './process.js'
import { firstIds, lowestIds } from './run-plan.js'
import type { UserChoice } from './user.js'

const DEFAULT_ROWS = 24
const DEFAULT_COLUMNS = 80

export interface ExecPlanInput {
  /** The container's own command: which namespaces it has. */
  readonly command: Command
  readonly process: ProcessSpec
  readonly init: Peer
  readonly user: UserChoice
  readonly userNamespace: UserNamespace | null
  readonly host: HostFacts
  /** Nothing but ownership keeps the container from devices. */
  readonly unguarded: boolean
  readonly cgroup: ContainerGroups | null
  readonly seccomp: Filter | null
  readonly ownedStdio: readonly [boolean, boolean, boolean]
}

/**
 * The plan for one more process in a running container. Pure. The monitor joins the namespaces, so that the child is never seen
 * inside with the host's root; it joins the cgroup before it enters.
 */
export function buildExecPlan(input: ExecPlanInput): Plan {
  const { command, process, userNamespace, cgroup } = input
  const builder = new PlanBuilder(cgroup?.nextSlot ?? 0)
  const join: About = { code: 'EXECD_NAMESPACE', action: "join the container's namespaces" }
  const container = builder.slot()
  builder.add(
    { code: 'EXECD_NOT_RUNNING', action: 'find the first process of the container' },
    step.pidfd({ slot: container, pid: input.init.pid, startTime: input.init.startTime }),
  )
  builder.add({ code: 'EXECD_CGROUP', action: 'set up the cgroup' }, ...(cgroup?.host ?? []))
  // an ordinary user must join the user namespace first, to have rights over the others; root joins it last
  const early = userNamespace !== null && !input.host.privileged ? CLONE_NEWUSER : 0
  builder.add(join, step.setns({ phase: 'host', slot: container, flags: joinFlags(command) | early }))
  builder.add(
    { code: 'EXECD_START_FAILED', action: 'make a process' },
    step.clone({ flags: 0, cgroupSlot: cgroup?.cgroupSlot ?? -1 }),
  )
  if (process.oomScoreAdj !== null) {
    builder.add(
      { code: 'EXECD_LIMIT', field: 'process.oomScoreAdj', action: 'set oom_score_adj' },
      step.writeChild({ file: 'oom_score_adj', data: String(process.oomScoreAdj) }),
    )
  }
  builder.add({ code: 'EXECD_CGROUP', action: 'watch the cgroup' }, ...(cgroup?.watch ?? []))
  builder.add({ code: 'EXECD_CGROUP', action: 'join the cgroup' }, ...(cgroup?.child ?? []))
  if (command.namespaces.cgroup === 'private')
    builder.add(join, step.setns({ slot: container, flags: CLONE_NEWCGROUP }))
  if (userNamespace !== null && early === 0)
    builder.add(join, step.setns({ slot: container, flags: CLONE_NEWUSER }))
  const ids = firstIds(userNamespace)
  if (ids !== null) builder.add(join, step.setIds(ids))
  if (process.terminal) {
    const pts = builder.slot()
    const { height = DEFAULT_ROWS, width = DEFAULT_COLUMNS } = process.consoleSize ?? {}
    builder.add(
      { code: 'EXECD_START_FAILED', field: 'process.terminal', action: 'make the terminal' },
      step.open({ slot: pts, flags: O_PATH | O_DIRECTORY, type: S_IFDIR, path: '/dev/pts' }),
      step.pty({ slot: pts, rows: height, columns: width, ...lowestIds(userNamespace) }),
    )
  }
  const processContext: ProcessContext = {
    user: input.user,
    denySetgroups: userNamespace?.denySetgroups ?? false,
    ownedStdio: input.ownedStdio,
    seccomp: input.seccomp,
    available:
      userNamespace === null ? availableCapabilities(input.host.capabilities, input.unguarded) : null,
    // without a group nothing else holds the processes of the exec together
    init: cgroup === null ? 'subreaper' : null,
  }
  addBounds(builder, process, processContext)
  addProcess(builder, process, processContext)
  builder.add(null, ...(cgroup?.report ?? []))
  builder.add(null, ...(cgroup?.cleanup ?? []))
  return builder.build(cgroup?.writes ?? [])
}
