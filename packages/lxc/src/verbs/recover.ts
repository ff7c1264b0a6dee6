import type { DetachedContainer, Recovered } from '@execd/core/driver'
import { isAlive, signalName } from '@execd/linux/proc'
import { isFrozen } from '../host/frozen.js'
import { Home, listHomes } from '../kept/home.js'
import { giveUpOwnership, readOwner, takeOwnership } from '../kept/owner.js'
import { type KeptRecord, readRecord } from '../kept/record.js'
import type { DriverContext, LxcContainer } from './context.js'
import { terminate } from './control.js'
import { keptProcess } from './kept-process.js'
import { newContainer } from './run.js'

type Exit = DetachedContainer['exit']

function exitOf(end: ReturnType<Home['readExit']>): Exit {
  if (end?.exit == null) return null
  const { exit } = end
  return { exitCode: exit.code, signal: exit.signal === null ? null : signalName(exit.signal) }
}

async function describe(home: Home, record: KeptRecord): Promise<DetachedContainer> {
  const { command, io, startedAt, first, second, payload } = record
  const end = home.readExit() // once: it may come while the rest is looked at
  // as long as its keeper lives it is not known how it ended
  const stopped = end !== null || (!isAlive(first) && !home.keeperLives)
  const owner = readOwner(home.dir)
  return {
    id: command.id,
    command,
    io,
    pid: stopped ? 0 : (second ?? first).pid,
    status: stopped ? 'stopped' : (await isFrozen(payload)) ? 'paused' : 'running',
    owner: owner.kind === 'process' ? owner.identity.pid : null,
    startedAt,
    exit: exitOf(end),
  }
}

function known(context: DriverContext): Array<{ home: Home; record: KeptRecord }> {
  const { stateDir } = context.options
  return listHomes(stateDir).flatMap((id) => {
    const home = new Home(stateDir, id)
    const record = readRecord(home)
    return record === null ? [] : [{ home, record }]
  })
}

/** The verb `detached`. */
export async function detached(context: DriverContext): Promise<DetachedContainer[]> {
  const all = await Promise.all(known(context).map(({ home, record }) => describe(home, record)))
  return all.sort((a, b) => a.startedAt - b.startedAt)
}

/** The verb `recover`. */
export async function recover(context: DriverContext, ids?: readonly string[]): Promise<Recovered[]> {
  const wanted = known(context).filter(({ record }) => ids?.includes(record.command.id) ?? true)
  if (wanted.length === 0) return []
  const [host] = await Promise.all([context.host(), context.ready()])
  const found: Recovered[] = []
  for (const { home, record } of wanted) {
    if (!takeOwnership(home.dir, context.owner)) continue
    const { command, io, startedAt, outer, payload, monitor } = record
    const container = {
      ...newContainer(context, command, host, home),
      outer,
      payload,
      monitor,
      paused: await isFrozen(payload),
    }
    context.containers.set(command.id, container)
    const process = keptProcess(context, container, { home, record, oom: () => {} })
    container.gone = process.exited
    found.push({ command, io, process, startedAt, paused: container.paused })
  }
  return found
}

/** What becomes of a container when its driver is disposed: a detached one that runs is given up to whoever recovers it, any other ends. */
export async function letGo(context: DriverContext, container: LxcContainer): Promise<void> {
  const { home, process, execs, command } = container
  if (home === null || process === null) return terminate(context, command.id)
  const own = [...execs.values()]
  await Promise.all(own.map((exec) => exec.killAll()))
  await Promise.all(own.map((exec) => exec.exited))
  container.release()
  giveUpOwnership(home.dir, context.owner)
  context.containers.delete(command.id)
}
