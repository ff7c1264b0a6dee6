import { type Command, type DriverProcess, ExecdError, type RunOptions } from '@execd/core/driver'
import { outputFiles } from '../isolation/output-files.js'
import { UnknownPeer } from '../isolation/run-plan.js'
import { linksGone } from '../network/gone.js'
import { mapIds } from '../process/map-ids.js'
import { ownedStdio, RunningProcess } from '../process/running-process.js'
import { cleanUpLost } from './clean-up-lost.js'
import type { DriverContext, NativeContainer } from './context.js'
import { planStart } from './start-plan.js'

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
  const container: NativeContainer = {
    command,
    cgroups: null,
    userNamespace: null,
    monitor: null,
    process: null,
    cancelled: false,
    paused: false,
    onOom: options.callbacks.oom,
    execs: new Map(),
  }
  context.containers.set(command.id, container)
  try {
    const { prestart } = options.callbacks
    const { terminal } = command.process
    const wishes = {
      ownedStdio: ownedStdio(options.io, terminal),
      prestart: prestart !== null,
      outputs: outputFiles(options.io),
    }
    const starter = await context.starter()
    const { cgroups, userNamespace, links, ...start } = await planStart(context, command, wishes)
    container.cgroups = cgroups
    container.userNamespace = userNamespace
    const helpers = userNamespace?.writer === 'helpers' ? userNamespace : null
    if (container.cancelled) throw cancelled(command.id)
    const process = await RunningProcess.start(
      {
        starter,
        plan: start.plan,
        encode: start.encode,
        reportKeys: start.reportKeys,
        io: options.io,
        terminal,
        pipeOwner: start.pipeOwner,
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
