import { setImmediate } from 'node:timers/promises'
import { type Command, ExecdError } from '@execd/core/driver'
import type { CgroupPaths, ReportKey } from '@execd/linux/cgroup'
import { runCgroups } from '../cgroup/container-groups.js'
import { detachedParts, recordParts } from '../detached/plan-parts.js'
import type { Host } from '../host/host.js'
import type { PipeOwner } from '../io/stdio.js'
import type { Plan } from '../isolation/builder.js'
import { availableCapabilities, devicesUnguarded } from '../isolation/device-guard.js'
import { extendPlan, joinParts, NO_PARTS, type PlanParts } from '../isolation/extend-plan.js'
import { decideUserNamespace, type UserNamespace } from '../isolation/id-map.js'
import { type OutputFile, outputSteps } from '../isolation/output-files.js'
import { buildRunPlan, pipeOwner } from '../isolation/run-plan.js'
import { chooseUser, mappedUser, numberOf, type UserChoice } from '../isolation/user.js'
import type { Link } from '../network/links.js'
import { prepareLinks } from '../network/prepare.js'
import { encodePlan } from '../plan/encode.js'
import type { Shape } from '../pool/shape.js'
import { checkCapabilities } from '../process/check-capabilities.js'
import { checkMounts } from '../process/check-mounts.js'
import { resolveDevices } from '../process/devices.js'
import { seccompFilter } from '../process/seccomp-filter.js'
import { type DriverContext, peerOf } from './context.js'
import { isRepeatable, StartTemplate, standInFor } from './start-template.js'

/** What of a start is not in its command. */
export interface StartWishes {
  /** Which standard descriptors are the user's, as of `ownedStdio`. */
  readonly ownedStdio: readonly [boolean, boolean, boolean]
  /** The caller is asked before the command runs. */
  readonly prestart: boolean
  /** Outputs that are rotated. */
  readonly outputs: readonly OutputFile[]
  /** What the groups are tagged with; null: no tag. */
  readonly tag: string | null
  /** Path of a file to which the processes are written that no group holds; null: nowhere. */
  readonly records: string | null
  /** Path of the folder of a container that is to outlive this process; null: it is not. */
  readonly folder: string | null
}

/** How a start goes on in a prepared container. */
export interface PooledStart {
  readonly shape: Shape
  /** How many steps of the plan the prepared container has done. */
  readonly prefixSteps: number
  /** The rest of the plan. Throws as `encodePlan`. */
  readonly encode: () => Buffer
  /** The whole, by the name of the prepared container. */
  readonly plan: (name: string) => Plan
}

/** A start, decided. */
export interface StartPlan {
  readonly plan: () => Plan
  readonly encode: () => Buffer
  readonly cgroups: CgroupPaths | null
  readonly reportKeys: readonly ReportKey[]
  readonly userNamespace: UserNamespace | null
  readonly pipeOwner: PipeOwner | null
  readonly links: readonly Link[]
  /** Null: not in a prepared container. */
  readonly pooled: PooledStart | null
}

/** Decides about a start: from what was decided about one like it, or anew. Throws UnknownPeer. */
export async function planStart(
  context: DriverContext,
  command: Command,
  wishes: StartWishes,
): Promise<StartPlan> {
  const known = context.templates.recall(command, wishes)
  if (known !== null) return known
  const host = await context.host()
  const userNamespace = userNamespaceOf(command, host)
  await checkMounts(command, userNamespace !== null)
  const sync = wishes.prestart || userNamespace?.writer === 'helpers'
  if (sync || wishes.outputs.length > 0 || wishes.folder !== null || !isRepeatable(command)) {
    const decided = await decide(context, command, { ...wishes, sync, userNamespace })
    return {
      ...decided,
      plan: () => decided.plan,
      encode: () => encodePlan(decided.plan.steps),
      pooled: null,
    }
  }
  const standIn = standInFor(command.id)
  const decided = await decide(context, { ...command, id: standIn }, { ...wishes, sync, userNamespace })
  const template = new StartTemplate(command, standIn, wishes, decided, context.pool !== null)
  context.templates.remember(template)
  await setImmediate() // this took as long as starting will: what else waits in the event loop gets its turn
  return template.startOf(command)
}

interface Decided extends Omit<StartPlan, 'plan' | 'encode' | 'pooled'> {
  readonly plan: Plan
}

async function decide(
  context: DriverContext,
  command: Command,
  wishes: StartWishes & { sync: boolean; userNamespace: UserNamespace | null },
): Promise<Decided> {
  const { ownedStdio, outputs, sync, userNamespace } = wishes
  const host = await context.host()
  const [devices, links] = await Promise.all([
    resolveDevices(command, host.facts),
    prepareLinks(command, wishes.tag),
  ])
  const cgroups = await runCgroups(host, command, devices, wishes.tag)
  const unguarded = devicesUnguarded(cgroups?.paths ?? null, command.process, userNamespace !== null)
  const capabilities = availableCapabilities(host.facts.capabilities, unguarded)
  checkCapabilities(command.process, { capabilities }, userNamespace !== null)
  const owner = pipeOwner(userNamespace, host.facts)
  const whole = buildRunPlan({
    command,
    host: host.facts,
    user: mappedUser(wantedUser(command), userNamespace),
    userNamespace,
    cgroup: cgroups,
    seccomp: await seccompFilter(command, command.process, host.facts),
    devices,
    links,
    ownedStdio,
    findPeer: (id) => peerOf(context, id),
    sync,
  })
  const parts = joinParts(
    { ...NO_PARTS, first: outputSteps(outputs, owner) },
    keptParts(wishes, command.process.terminal, cgroups === null),
  )
  return {
    plan: extendPlan(whole, parts),
    cgroups: cgroups?.paths ?? null,
    reportKeys: cgroups?.reportKeys ?? [],
    userNamespace,
    pipeOwner: owner,
    links,
  }
}

/** What is written down of the container while it lives. Pure. */
function keptParts({ folder, records }: StartWishes, terminal: boolean, groupless: boolean): PlanParts {
  if (folder !== null) return detachedParts(folder, terminal)
  return groupless && records !== null ? recordParts(records) : NO_PARTS
}

function wantedUser(command: Command): UserChoice {
  return chooseUser(command.process, command.rootfs.type)
}

/** One id inside does when nothing names another: no groups, and a root of the host's files, whose other owners are all "nobody". */
function oneIdIsEnough(command: Command): boolean {
  return command.rootfs.type === 'host' && command.process.additionalGroups.length === 0
}

function userNamespaceOf(command: Command, host: Host): UserNamespace | null {
  const user = wantedUser(command)
  const decision = decideUserNamespace(
    {
      namespaces: command.namespaces,
      uid: numberOf(user.user),
      gid: numberOf(user.group),
      oneIdIsEnough: oneIdIsEnough(command),
    },
    host.facts,
  )
  if (decision === null || 'writer' in decision) return decision
  throw new ExecdError('EXECD_UNSUPPORTED', `${decision.field}: ${decision.reason}`, {
    hint: decision.hint,
    details: { driver: 'native', path: decision.field },
  })
}
