import {
  type Command,
  type DriverProcess,
  ExecdError,
  type ExecOptions,
  type ProcessSpec,
} from '@execd/core/driver'
import { execCgroups } from '../cgroup/exec-groups.js'
import { availableCapabilities, devicesUnguarded } from '../isolation/device-guard.js'
import { buildExecPlan } from '../isolation/exec-plan.js'
import { extendPlan, NO_PARTS } from '../isolation/extend-plan.js'
import { outputFiles, outputSteps } from '../isolation/output-files.js'
import { pipeOwner } from '../isolation/run-plan.js'
import { mayTraceJoiners } from '../isolation/tracing.js'
import { chooseUser, mappedUser } from '../isolation/user.js'
import { encodePlan } from '../plan/encode.js'
import { checkCapabilities } from '../process/check-capabilities.js'
import { ownedStdio, RunningProcess } from '../process/running-process.js'
import { seccompFilter } from '../process/seccomp-filter.js'
import { cleanUpLost, cleanUpLostTree } from './clean-up-lost.js'
import { cgroupsOf, type DriverContext, runningContainer } from './context.js'

/** The verb `exec`: see Driver in @execd/core. */
export async function exec(
  context: DriverContext,
  id: string,
  execId: string,
  process: ProcessSpec,
  options: ExecOptions,
): Promise<DriverProcess> {
  const container = runningContainer(context, id)
  const { command, userNamespace } = container
  const [host, starter] = await Promise.all([context.host(), context.starter()])
  refuseTracers(command, process, userNamespace !== null)
  const unguarded = devicesUnguarded(container.cgroups, process, userNamespace !== null)
  const capabilities = availableCapabilities(host.facts.capabilities, unguarded)
  checkCapabilities(process, { capabilities }, userNamespace !== null)
  const { resources } = options
  const groups = resources === null ? container.cgroups : cgroupsOf(container, 'a limit of an exec')
  const cgroups =
    groups === null ? null : await execCgroups(host, command, groups, execId, resources, context.state.tag)
  const owner = pipeOwner(userNamespace, host.facts)
  // the host's files are opened before the monitor joins the container
  const first = outputSteps(outputFiles(options.io), owner)
  const whole = buildExecPlan({
    command,
    process,
    init: container.process,
    user: mappedUser(chooseUser(process, command.rootfs.type), userNamespace),
    userNamespace,
    host: host.facts,
    unguarded,
    cgroup: cgroups,
    seccomp: await seccompFilter(command, process, host.facts),
    ownedStdio: ownedStdio(options.io, process.terminal),
  })
  const plan = extendPlan(whole, { ...NO_PARTS, first })
  const started = await RunningProcess.start(
    {
      starter,
      prepared: null,
      plan: () => plan,
      encode: () => encodePlan(plan.steps),
      reportKeys: cgroups?.reportKeys ?? [],
      io: options.io,
      terminal: process.terminal,
      keepsTerminal: false,
      pipeOwner: owner,
      container: id,
      onCreated: null,
      kept: () => null,
      onOom: () => {
        options.oom()
        // v2 counts in the container's group what happens below it, so the container hears of it by itself
        if (cgroups?.paths.version === 1) container.onOom()
      },
      cleanUpLost: (lost) => (cgroups === null ? cleanUpLostTree(lost) : cleanUpLost(cgroups.paths, lost)),
    },
    () => {},
  )
  container.execs.set(execId, { process: started, cgroups: cgroups?.paths ?? null })
  void started.exited.then(() => container.execs.delete(execId))
  return started
}

/** A container whose processes may trace is not joined, and no process that may is put into one. */
function refuseTracers(command: Command, process: ProcessSpec, ownUserNamespace: boolean): void {
  if (command.process.privileged) return
  if (![command.process, process].some((one) => mayTraceJoiners(one, ownUserNamespace))) return
  throw new ExecdError(
    'EXECD_UNSUPPORTED',
    'exec: a process with CAP_SYS_PTRACE in the container could trace the helper that joins it, and so get all rights of the host',
    {
      hint: 'give the container a user namespace (`namespaces.user: "private"`), or leave SYS_PTRACE out: tracing processes of the same user needs no capability',
      details: {
        driver: 'native',
        container: command.id,
        path: 'process.capabilities.add',
        got: 'CAP_SYS_PTRACE',
      },
    },
  )
}
