import { randomBytes } from 'node:crypto'
import {
  type Command,
  type DriverProcess,
  ExecdError,
  type ExitStatus,
  lostStatus,
  type RunOptions,
} from '@execd/core/driver'
import { identify } from '@execd/linux/proc'
import { fileError } from '../errors.js'
import type { KeeperOutcome } from '../keeper/keeper.js'
import { writeState } from '../state/container-state.js'
import { cleanUpLost } from './clean-up.js'
import { type DriverContext, newContainer, type OciContainer, type Ready } from './context.js'
import { exitStatus } from './exit-status.js'
import { planGroups } from './groups.js'
import { KeptProcess } from './kept-process.js'
import { prepareContainer } from './prepare.js'
import { type Preparation, startProcess } from './start.js'

/** The verb `run`: see Driver in @execd/core. */
export async function run(
  context: DriverContext,
  command: Command,
  options: RunOptions,
): Promise<DriverProcess> {
  const ready = await context.ready()
  const container = newContainer(command, ready.runtime, options.detached)
  context.containers.set(command.id, container)
  let settled: () => void = () => {}
  container.gone = new Promise<void>((resolve) => {
    settled = resolve
  })
  try {
    return await start(context, container, ready, options)
  } catch (error) {
    if (container.dir !== '') context.state.remove(container.dir, command.id)
    context.containers.delete(command.id)
    settled()
    throw asStartError(error)
  } finally {
    const { process } = container
    if (process !== null) void process.exited.then(settled)
  }
}

async function start(
  context: DriverContext,
  container: OciContainer,
  ready: Ready,
  options: RunOptions,
): Promise<KeptProcess> {
  const { command } = container
  const { args, env, terminal } = command.process
  container.dir = context.state.newPath()
  if (options.detached) context.state.reserve(command.id, container.dir)
  const note = (keeper: number | null): void =>
    writeState(container.dir, {
      command,
      io: options.io,
      detached: options.detached,
      runtime: ready.runtime,
      idMaps: container.idMaps,
      groups: container.groups,
      groupDirs: container.groupDirs,
      keeper: keeper === null ? null : identify(keeper),
    })
  const prepare = async (): Promise<Preparation> => {
    // another driver may use the same id at the same time
    const groups = await planGroups(ready.host, command, `${command.id}.${randomBytes(4).toString('hex')}`)
    container.groups = groups?.paths ?? null
    container.groupDirs = groups?.dirs ?? []
    const { plan, view } = prepareContainer(context, container, ready, groups, options)
    return { plan, subject: { container: command.id, program: args[0] ?? '', path: env.PATH, view } }
  }
  const started = await startProcess(container.dir, options.io, terminal, prepare, {
    prestart: options.callbacks.prestart,
    oom: options.callbacks.oom,
    keeper: (keeper) => {
      container.keeper = keeper
      note(keeper.pid)
      if (container.cancelled) keeper.end()
    },
  })
  return keepProcess(context, container, { ...started, startedAt: performance.now() })
}

/** Puts a running process into the table, with what happens at its end. */
export function keepProcess(
  context: DriverContext,
  container: OciContainer,
  running: Pick<KeptProcess, 'keeper' | 'identity'> & {
    readonly streams: Pick<KeptProcess, 'stdin' | 'stdout' | 'stderr'>
    /** As of performance.now(). */
    readonly startedAt: number
  },
): KeptProcess {
  const { keeper, identity, streams, startedAt } = running
  const process = new KeptProcess(keeper, identity, streams, container.groups, async (self) => {
    const outcome = await keeper.outcome
    return containerEnd(context, container, self, outcome, performance.now() - startedAt)
  })
  container.keeper = keeper
  container.process = process
  return process
}

const SIGKILL = 9

async function containerEnd(
  context: DriverContext,
  container: OciContainer,
  process: KeptProcess,
  outcome: KeeperOutcome,
  wall: number,
): Promise<ExitStatus> {
  const { groups } = container
  const status =
    outcome?.type === 'ended'
      ? exitStatus(outcome, {
          groups,
          wall,
          killed: container.killed || process.sent.has(SIGKILL),
          otherKills: container.execOomKills,
        })
      : lostStatus(wall, await cleanUpLost(container, process.identity, context.options.toolPath))
  await Promise.all([...container.execs.values()].map((exec) => exec.exited))
  const left = context.state.remove(container.dir, container.command.id)
  process.keeper.release()
  context.containers.delete(container.command.id)
  return left.length === 0 ? status : { ...status, cleanup: [...status.cleanup, ...left] }
}

/** Errors of node:fs become typed; anything else, such as what a hook threw, stays as it is. */
function asStartError(error: unknown): unknown {
  if (ExecdError.is(error)) return error
  const syscall = typeof error === 'object' && error !== null && 'syscall' in error
  return syscall ? fileError('EXECD_START_FAILED', 'write the state of the container', error) : error
}
