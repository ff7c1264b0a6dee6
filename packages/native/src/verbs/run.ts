import { setImmediate } from 'node:timers/promises'
import { type Command, type DriverProcess, ExecdError, type RunOptions } from '@execd/core/driver'
import { runCgroups } from '../cgroup/container-groups.js'
import type { Host } from '../host/host.js'
import { availableCapabilities, devicesUnguarded } from '../isolation/device-guard.js'
import { decideUserNamespace, type UserNamespace } from '../isolation/id-map.js'
import type { SharedPeer } from '../isolation/namespaces.js'
import { buildRunPlan, pipeOwner, UnknownPeer } from '../isolation/run-plan.js'
import { mayTraceJoiners } from '../isolation/tracing.js'
import { chooseUser, numberOf, type UserChoice } from '../isolation/user.js'
import { linksGone } from '../network/gone.js'
import { prepareLinks } from '../network/prepare.js'
import { checkCapabilities } from '../process/check-capabilities.js'
import { checkMounts } from '../process/check-mounts.js'
import { resolveDevices } from '../process/devices.js'
import { mapIds } from '../process/map-ids.js'
import { ownedStdio, RunningProcess } from '../process/running-process.js'
import { seccompFilter } from '../process/seccomp-filter.js'
import { cleanUpLost } from './clean-up-lost.js'
import type { DriverContext, NativeContainer } from './context.js'

/** One id inside does when nothing names another: no groups, and a root of the host's files, whose other owners are all "nobody". */
function oneIdIsEnough(command: Command): boolean {
  return command.rootfs.type === 'host' && command.process.additionalGroups.length === 0
}

function userNamespaceOf(command: Command, user: UserChoice, host: Host): UserNamespace | null {
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

/** With one mapped group the process cannot have another, whatever /etc/passwd says. */
export function mappedUser(user: UserChoice, userNamespace: UserNamespace | null): UserChoice {
  const [only] = userNamespace?.denySetgroups === true ? userNamespace.gid : []
  return user.group === null && only !== undefined ? { ...user, group: { number: only.containerID } } : user
}

/** The verb `run`: see Driver in @execd/core. */
export async function run(
  context: DriverContext,
  command: Command,
  options: RunOptions,
): Promise<DriverProcess> {
  if (context.containers.has(command.id)) {
    throw new ExecdError('EXECD_ID_IN_USE', `the id ${command.id} is in use`, {
      details: { driver: 'native', container: command.id },
    })
  }
  const host = await context.host()
  const wantedUser = chooseUser(command.process, command.rootfs.type)
  const userNamespace = userNamespaceOf(command, wantedUser, host)
  const container: NativeContainer = {
    command,
    cgroups: null,
    userNamespace,
    monitor: null,
    process: null,
    cancelled: false,
    paused: false,
    onOom: options.callbacks.oom,
    execs: new Map(),
  }
  context.containers.set(command.id, container)
  try {
    await setImmediate() // checking the command and planning take as long: see RunningProcess.start
    await checkMounts(command, userNamespace !== null)
    const [starter, devices, links] = await Promise.all([
      context.starter(),
      resolveDevices(command, host.facts),
      prepareLinks(command),
    ])
    const cgroups = await runCgroups(host, command, devices)
    container.cgroups = cgroups?.paths ?? null
    const unguarded = devicesUnguarded(container.cgroups, command.process, userNamespace !== null)
    const capabilities = availableCapabilities(host.facts.capabilities, unguarded)
    checkCapabilities(command.process, { capabilities }, userNamespace !== null)
    const { prestart } = options.callbacks
    const helpers = userNamespace?.writer === 'helpers' ? userNamespace : null
    const terminal = command.process.terminal
    const plan = buildRunPlan({
      command,
      host: host.facts,
      user: mappedUser(wantedUser, userNamespace),
      userNamespace,
      cgroup: cgroups,
      seccomp: await seccompFilter(command, command.process, host.facts),
      devices,
      links,
      ownedStdio: ownedStdio(options.io, terminal),
      findPeer: (id) => peerOf(context, id),
      sync: prestart !== null || helpers !== null,
    })
    if (container.cancelled) throw cancelled(command.id)
    const process = await RunningProcess.start(
      {
        starter,
        plan,
        reportKeys: cgroups?.reportKeys ?? [],
        io: options.io,
        terminal,
        pipeOwner: pipeOwner(userNamespace, host.facts),
        container: command.id,
        onCreated: async (pid) => {
          if (helpers !== null) await mapIds(pid, helpers)
          await prestart?.({ id: command.id, status: 'creating', pid })
        },
        onOom: container.onOom,
        cleanUpLost: async (lost) => {
          await cleanUpLost(container.cgroups, lost)
          await linksGone(links)
        },
      },
      (monitor) => {
        container.monitor = monitor
      },
    )
    container.process = process
    void process.exited.then(() => context.containers.delete(command.id))
    return process
  } catch (error) {
    context.containers.delete(command.id)
    if (container.cancelled && !ExecdError.is(error, 'EXECD_ABORTED')) throw cancelled(command.id, error)
    throw error instanceof UnknownPeer ? unknownPeer(error, command.id) : error
  }
}

/** The first process of a container that runs here, for others to share its namespaces. */
function peerOf(context: DriverContext, id: string): SharedPeer | undefined {
  const container = context.containers.get(id)
  if (container?.process == null) return undefined
  const { pid, startTime } = container.process
  const ownUserNamespace = container.userNamespace !== null
  const mayTrace = mayTraceJoiners(container.command.process, ownUserNamespace)
  return { pid, startTime, ownUserNamespace, mayTrace }
}

function cancelled(container: string, cause?: unknown): ExecdError {
  return new ExecdError('EXECD_ABORTED', `the container ${container} was ended before its command ran`, {
    details: { driver: 'native', container },
    cause,
  })
}

function unknownPeer(error: UnknownPeer, container: string): ExecdError {
  return new ExecdError('EXECD_NOT_FOUND', `${error.field}: no such container runs here`, {
    hint: 'the container to share with must run under the same runtime',
    details: { driver: 'native', container, path: error.field },
  })
}
