import type { DriverProcess, ProcessSpec, RunOptions } from '@execd/core/driver'
import { execCgroups } from '../cgroup/container-groups.js'
import { availableCapabilities, devicesUnguarded } from '../isolation/device-guard.js'
import { buildExecPlan } from '../isolation/exec-plan.js'
import { pipeOwner } from '../isolation/run-plan.js'
import { chooseUser } from '../isolation/user.js'
import { checkCapabilities } from '../process/check-capabilities.js'
import { ownedStdio, RunningProcess } from '../process/running-process.js'
import { seccompFilter } from '../process/seccomp-filter.js'
import { cleanUpLost, cleanUpLostTree } from './clean-up-lost.js'
import { type DriverContext, runningContainer } from './context.js'
import { mappedUser } from './run.js'

/** The verb `exec`: see Driver in @execd/core. */
export async function exec(
  context: DriverContext,
  id: string,
  execId: string,
  process: ProcessSpec,
  options: Pick<RunOptions, 'io'>,
): Promise<DriverProcess> {
  const container = runningContainer(context, id)
  const { command, userNamespace } = container
  const [host, starter] = await Promise.all([context.host(), context.starter()])
  const unguarded = devicesUnguarded(container.cgroups, process, userNamespace !== null)
  const capabilities = availableCapabilities(host.facts.capabilities, unguarded)
  checkCapabilities(process, { capabilities }, userNamespace !== null)
  const cgroups =
    container.cgroups === null ? null : await execCgroups(host, command, container.cgroups, execId)
  const plan = buildExecPlan({
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
  const started = await RunningProcess.start(
    {
      starter,
      plan,
      reportKeys: cgroups?.reportKeys ?? [],
      io: options.io,
      terminal: process.terminal,
      pipeOwner: pipeOwner(userNamespace, host.facts),
      container: id,
      onCreated: null,
      onOom: container.onOom,
      cleanUpLost: (lost) => (cgroups === null ? cleanUpLostTree(lost) : cleanUpLost(cgroups.paths, lost)),
    },
    () => {},
  )
  container.execs.set(execId, { process: started, cgroups: cgroups?.paths ?? null })
  void started.exited.then(() => container.execs.delete(execId))
  return started
}
