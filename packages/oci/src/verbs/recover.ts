import { createConnection } from 'node:net'
import type { DetachedContainer, Recovered } from '@execd/core/driver'
import { type ProcessIdentity, signalName } from '@execd/linux/proc'
import { errnoName } from '../errno.js'

import { isFrozen } from '../host/frozen.js'
import { Connection } from '../keeper/connection.js'
import { Keeper, type KeeperOutcome } from '../keeper/keeper.js'
import { parseReport } from '../keeper/report.js'
import {
  CONTROL,
  type ContainerState,
  collect,
  giveBack,
  readExit,
  readStarted,
  readState,
} from '../state/container-state.js'
import { type DriverContext, newContainer, type OciContainer } from './context.js'
import { keepProcess } from './run.js'

/** A detached container that has begun, as its folder tells of it. */
interface Known {
  readonly dir: string
  readonly state: ContainerState
  readonly started: { readonly first: ProcessIdentity; readonly at: number }
}

function known(context: DriverContext): Known[] {
  const all = context.state.list().flatMap(({ path }): Known[] => {
    const state = readState(path)
    if (state?.detached === true) giveBack(path)
    const started = state?.detached === true ? readStarted(path) : null
    return state === null || started === null ? [] : [{ dir: path, state, started }]
  })
  return all.sort((one, other) => one.started.at - other.started.at)
}

/** A connection to the keeper of a container; null when that is gone. */
function connect(dir: string): Promise<Connection | null> {
  return new Promise((resolve) => {
    const socket = createConnection(`${dir}/${CONTROL}`)
    socket.once('connect', () => resolve(new Connection(socket)))
    socket.once('error', () => resolve(null))
  })
}

/** Says a word to a keeper and gives its answer; null when it is gone. */
async function askKeeper(connection: Connection, verb: 'look' | 'own'): Promise<string[] | null> {
  const answers = (['state', 'owned'] as const).map(
    (word) => new Promise<string[]>((resolve) => connection.on(word, (rest) => resolve([word, ...rest]))),
  )
  connection.send([verb])
  return Promise.race([...answers, connection.closed.then(() => null)])
}

function endOf(dir: string): KeeperOutcome {
  const fields = readExit(dir)
  return fields === null ? null : parseReport(fields, errnoName)
}

async function describe({ dir, state, started }: Known): Promise<DetachedContainer> {
  const { command, io, groups } = state
  const base = { id: command.id, command, io, startedAt: started.at }
  const connection = await connect(dir)
  const answer = connection === null ? null : await askKeeper(connection, 'look')
  connection?.close()
  const owner = Number(answer?.[2] ?? 0)
  const end = endOf(dir)
  if (end?.type === 'ended') {
    const { exitCode, signal } = end
    const exit = { exitCode, signal: signal === null ? null : signalName(signal) }
    return { ...base, pid: 0, status: 'stopped', owner: owner === 0 ? null : owner, exit }
  }
  if (answer === null) return { ...base, pid: 0, status: 'stopped', owner: null, exit: null }
  return {
    ...base,
    pid: started.first.pid,
    status: groups !== null && (await isFrozen(groups)) ? 'paused' : 'running',
    owner: owner === 0 ? null : owner,
    exit: null,
  }
}

/** The verb `detached`. */
export async function detached(context: DriverContext): Promise<DetachedContainer[]> {
  return Promise.all(known(context).map(describe))
}

/** Makes this process the owner; null when another one is. The keeper decides, and where that is gone, who is first to rename the report. */
async function own({ dir }: Known): Promise<{ keeper: Keeper; running: boolean } | null> {
  const connection = await connect(dir)
  const answer = connection === null ? null : await askKeeper(connection, 'own')
  if (connection !== null && answer?.[0] === 'owned')
    return { keeper: new Keeper(connection, null, () => {}), running: true }
  connection?.close()
  if (answer?.[0] === 'state' && Number(answer[2]) !== 0) return null
  const end = endOf(dir)
  if (!collect(dir)) return null
  return { keeper: new Keeper(null, null, () => {}, end), running: false }
}

function recoveredContainer({ dir, state }: Known): OciContainer {
  const { command, runtime, idMaps, groups, groupDirs } = state
  return { ...newContainer(command, runtime, true), dir, idMaps, groups, groupDirs }
}

const NO_STREAMS = { stdin: null, stdout: null, stderr: null }

async function recoverOne(context: DriverContext, one: Known): Promise<Recovered | null> {
  const { state, started } = one
  const { command, io, groups } = state
  if (context.containers.has(command.id)) return null
  const owned = await own(one)
  if (owned === null) return null
  const container = recoveredContainer(one)
  container.paused = owned.running && groups !== null && (await isFrozen(groups))
  const process = keepProcess(context, container, {
    keeper: owned.keeper,
    identity: started.first,
    streams: NO_STREAMS,
    startedAt: performance.now() - (Date.now() - started.at),
  })
  container.gone = process.exited
  context.containers.set(command.id, container)
  return { command, io, process, startedAt: started.at, paused: container.paused }
}

/** The verb `recover`. */
export async function recover(context: DriverContext, ids?: readonly string[]): Promise<Recovered[]> {
  await context.ready()
  const wanted = known(context).filter(({ state }) => ids === undefined || ids.includes(state.command.id))
  const all = await Promise.all(wanted.map((one) => recoverOne(context, one)))
  return all.filter((one) => one !== null)
}
