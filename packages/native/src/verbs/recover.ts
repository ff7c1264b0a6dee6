import { type DetachedContainer, ExecdError, type ExitStatus, type Recovered } from '@execd/core/driver'
import { type CgroupPaths, isFrozen } from '@execd/linux/cgroup'
import { isAlive, signalName } from '@execd/linux/proc'
import { type ContainerReading, takeOver } from '../detached/take-over.js'
import { linksGone } from '../network/gone.js'
import { ContainerFolder } from '../state/container-folder.js'
import type { ContainerState } from '../state/container-state.js'
import { groupsTagged } from '../sweep/tagged-groups.js'
import { cleanUpLost } from './clean-up-lost.js'
import type { DriverContext, NativeContainer } from './context.js'
import { forget } from './run.js'

/** Ids of all detached containers, in no order. */
function ids(context: DriverContext): string[] {
  return context.state.root.containers.names().filter((name) => !name.startsWith('.'))
}

/** The verb `detached`. */
export async function detached(context: DriverContext): Promise<DetachedContainer[]> {
  const found = await Promise.all(ids(context).map((id) => look(context, id)))
  return found.filter((one) => one !== null).sort((one, other) => one.startedAt - other.startedAt)
}

async function look(context: DriverContext, id: string): Promise<DetachedContainer | null> {
  const folder = ContainerFolder.open(context.state.root, context.state.sys, id)
  if (folder === null) return null
  try {
    const reading = folder.read()
    if (reading.kind !== 'container') return null
    const { state, record, exited } = reading
    const runs = exited === null && isAlive(record.monitor)
    const paused = runs && state.cgroups !== null && (await isFrozen(state.cgroups))
    return {
      id,
      command: state.command,
      io: state.io,
      pid: runs ? record.child.pid : 0,
      status: runs ? (paused ? 'paused' : 'running') : 'stopped',
      owner: folder.owner(),
      startedAt: state.startedAt,
      exit:
        exited === null
          ? null
          : { exitCode: exited.code, signal: exited.signal === null ? null : signalName(exited.signal) },
    }
  } finally {
    folder.close()
  }
}

/** The verb `recover`. */
export async function recover(context: DriverContext, wanted?: readonly string[]): Promise<Recovered[]> {
  const all = ids(context).filter((id) => wanted === undefined || wanted.includes(id))
  const found = await Promise.all(all.map((id) => take(context, id)))
  return found.filter((one) => one !== null).sort((one, other) => one.startedAt - other.startedAt)
}

/** Null: it is not there, or somebody else's. */
async function take(context: DriverContext, id: string): Promise<Recovered | null> {
  if (context.containers.has(id) || context.ended.has(id)) return null
  const folder = ContainerFolder.open(context.state.root, context.state.sys, id)
  if (folder === null) return null
  let recovered: Recovered | null = null
  try {
    if (!folder.own() || !folder.isThere) return null
    const reading = folder.read()
    if (reading.kind === 'container') recovered = await adopt(context, folder, reading)
    return recovered
  } finally {
    if (recovered === null) folder.close()
  }
}

async function adopt(
  context: DriverContext,
  folder: ContainerFolder,
  reading: ContainerReading,
): Promise<Recovered | null> {
  const { state } = reading
  const container: NativeContainer = {
    command: state.command,
    cgroups: state.cgroups,
    userNamespace: state.userNamespace,
    monitor: null,
    process: null,
    folder,
    cancelled: false,
    paused: false,
    onOom: () => {}, // core has no place to tell it of a container that was found
    execs: new Map(),
  }
  context.containers.set(folder.id, container)
  try {
    const process = await takeOver(folder, reading, {
      onOom: container.onOom,
      cleanUp: () => cleanUpAfter(context, reading),
    })
    if (process === null) {
      context.containers.delete(folder.id)
      return null
    }
    container.process = process
    container.paused = reading.exited === null && state.cgroups !== null && (await isFrozen(state.cgroups))
    void process.exited.then((status) => forget(context, container, status))
    return {
      command: state.command,
      io: state.io,
      process,
      startedAt: state.startedAt,
      paused: container.paused,
    }
  } catch (error) {
    context.containers.delete(folder.id)
    throw error
  }
}

/** After the monitor of a container was killed: ends and removes what is its own by the tags. */
async function cleanUpAfter(
  context: DriverContext,
  { state, record }: ContainerReading,
): Promise<ExitStatus['cleanup']> {
  try {
    await cleanUpLost(ownGroups(context, state), record.child)
    await linksGone(state.links)
    return []
  } catch (error) {
    const errno = ExecdError.is(error) ? error.details.errno : (error as { code?: unknown }).code
    return [{ step: 'clean up after the monitor', errno: typeof errno === 'string' ? errno : 'EIO' }]
  }
}

function ownGroups(context: DriverContext, { cgroups, nonce }: ContainerState): CgroupPaths | null {
  return cgroups === null ? null : groupsTagged(context.state.sys, cgroups, { detached: nonce })
}

/** The verb `clean`: what is kept of a detached container that has ended. No error when there is nothing. */
export function clean(context: DriverContext, id: string): void {
  const folder = context.ended.get(id)
  context.ended.delete(id)
  folder?.remove(context.state.owner.token)
}
