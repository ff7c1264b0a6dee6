import { dirname } from 'node:path'
import { setImmediate } from 'node:timers/promises'
import {
  type Command,
  type DriverProcess,
  ExecdError,
  type ExitStatus,
  type RunOptions,
} from '@execd/core/driver'
import { DetachedStart } from '../detached/written-down.js'
import { outputFiles } from '../isolation/output-files.js'
import { UnknownPeer } from '../isolation/run-plan.js'
import { linksGone } from '../network/gone.js'
import { mapIds } from '../process/map-ids.js'
import { ownedStdio, type ProcessRequest } from '../process/running-process.js'
import { cleanUpLost } from './clean-up-lost.js'
import type { DriverContext, NativeContainer } from './context.js'
import { planStart } from './start-plan.js'
import { startNew, startPrepared } from './start-prepared.js'

/** The verb `run`: see Driver in @execd/core. */
export async function run(
  context: DriverContext,
  command: Command,
  options: RunOptions,
): Promise<DriverProcess> {
  if (context.containers.has(command.id) || context.ended.has(command.id)) {
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
    folder: null,
    cancelled: false,
    paused: false,
    onOom: options.callbacks.oom,
    execs: new Map(),
  }
  context.containers.set(command.id, container)
  try {
    const { prestart } = options.callbacks
    const { terminal } = command.process
    const starter = await context.starter()
    const detached = options.detached ? new DetachedStart(context.state, command.id) : null
    const owner = detached === null ? context.state.ownerIfAny : context.state.owner
    const wishes = {
      ownedStdio: ownedStdio(options.io, terminal),
      prestart: prestart !== null,
      outputs: outputFiles(options.io),
      tag: detached?.tag ?? context.state.tag,
      records: owner?.path ?? null,
      folder: detached?.path ?? null,
    }
    await setImmediate() // no one of checking, deciding and starting holds the event loop for longer than it must
    const planned = await planStart(context, command, wishes)
    const { cgroups, userNamespace, links, ...start } = planned
    container.cgroups = cgroups
    container.userNamespace = userNamespace
    owner?.uses([...new Set(Object.values(cgroups?.dirs ?? {}).map(dirname))])
    const helpers = userNamespace?.writer === 'helpers' ? userNamespace : null
    if (container.cancelled) throw cancelled(command.id)
    container.folder = detached?.write(command, options.io, planned) ?? null
    const request: ProcessRequest = {
      starter,
      prepared: null,
      plan: start.plan,
      encode: start.encode,
      reportKeys: start.reportKeys,
      io: options.io,
      terminal,
      keepsTerminal: options.detached,
      pipeOwner: start.pipeOwner,
      container: command.id,
      onCreated: async (pid) => {
        if (helpers !== null) await mapIds(pid, helpers)
        await prestart?.({ id: command.id, status: 'creating', pid })
      },
      onOom: container.onOom,
      kept: () => container.folder?.exited() ?? null,
      cleanUpLost: async (lost) => {
        await cleanUpLost(container.cgroups, lost)
        await linksGone(links.map(({ outerName }) => outerName))
      },
    }
    const process =
      (await startPrepared(context.pool, container, request, start.pooled)) ??
      (await startNew(container, request, cgroups))
    container.process = process
    void process.exited.then((status) => forget(context, container, status))
    return process
  } catch (error) {
    context.containers.delete(command.id)
    if (container.folder !== null) container.folder.remove(context.state.owner.token)
    if (container.cancelled && !ExecdError.is(error, 'EXECD_ABORTED')) throw cancelled(command.id, error)
    throw error instanceof UnknownPeer ? unknownPeer(error, command.id) : error
  }
}

/** It has ended. What is kept of it stays until it is cleaned. */
export function forget(
  context: DriverContext,
  { command, folder }: NativeContainer,
  { cleanup }: ExitStatus,
): void {
  if (cleanup.length > 0) context.state.noteLeft()
  context.containers.delete(command.id)
  if (folder !== null) context.ended.set(command.id, folder)
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
