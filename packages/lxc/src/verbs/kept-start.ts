import { closeSync, constants, openSync, writeFileSync } from 'node:fs'
import type { ProcessIO } from '@execd/core/driver'
import { wholeGroup } from '@execd/linux/cgroup'
import { identify } from '@execd/linux/proc'
import { lxcStartKept } from '../commands/lxc-start.js'
import type { RunningTool, ToolEnd } from '../commands/run.js'
import { firstProgram, usesInit } from '../config/init.js'
import { givenUpError } from '../errors.js'
import { isRoot } from '../host/user.js'
import type { PipeEnds } from '../io/fifo-stock.js'
import { LogFile } from '../io/log-file.js'
import type { Home } from '../kept/home.js'
import { writeRecord } from '../kept/record.js'
import { startFailure } from '../parse/failure.js'
import { executed } from '../process/executed.js'
import type { ToolProcess } from '../process/tool-process.js'
import type { DriverContext, LxcContainer } from './context.js'
import { keptProcess } from './kept-process.js'
import type { Prestart } from './prestart.js'

/** What the start of a detached container needs besides the configuration, which is written. */
export interface KeptParts {
  readonly home: Home
  readonly io: ProcessIO
  /** Descriptors that become 0, 1, 2. */
  readonly stdio: readonly [number, number, number]
  /** Those of them that are closed here once they were given away. */
  readonly opened: readonly number[]
  /** Where the output goes that nobody wants. */
  readonly sink: PipeEnds
  readonly prestart: Prestart | null
  readonly oom: () => void
}

/** Starts a keeper with lxc-start below it; resolves when the command really runs and is written down, rejects when it did not come to that and all has ended. */
export async function startKept(
  context: DriverContext,
  container: LxcContainer,
  parts: KeptParts,
): Promise<ToolProcess> {
  const { home, sink, prestart } = parts
  const { command } = container
  writeFileSync(home.log, '', { mode: 0o600 })
  const keeper = await startKeeper(context, container, parts).finally(() => {
    for (const fd of [sink.read, sink.write, ...parts.opened]) closeSync(fd)
  })
  container.tool = keeper
  if (container.cancelled) keeper.signal('SIGTERM')
  let end: ToolEnd | null = null
  void keeper.ended.then((how) => {
    end = how
  })
  const log = new LogFile(home.log)
  let first: number | null
  try {
    first = await log.started(() => end !== null || container.cancelled)
  } finally {
    log.close()
  }
  if (first === null || container.cancelled) {
    await context.clearAway(home.dir)
    await keeper.ended
    if (prestart?.failure) throw prestart.failure.reason
    if (container.cancelled) throw givenUpError(container.command.id)
    throw startFailure(log.problems, {
      tool: 'lxc-start',
      args: [],
      container: command.id,
      ended: 'ended before the command ran',
    })
  }
  const one = identify(first) ?? { pid: first, startTime: 0n }
  const second = usesInit(command)
    ? await Promise.race([executed(first), keeper.ended.then(() => null)])
    : null
  const record = {
    version: 1,
    command,
    io: parts.io,
    startedAt: Date.now(),
    first: one,
    second: second === null ? null : identify(second),
    outer: container.outer,
    payload: container.payload,
    monitor: container.monitor,
  } as const
  writeRecord(home, record)
  keeper.keepAlive(false)
  return keptProcess(context, container, { home, record, oom: parts.oom })
}

async function startKeeper(
  context: DriverContext,
  container: LxcContainer,
  { home, stdio, sink }: KeptParts,
): Promise<RunningTool> {
  const { command, dir, payload } = container
  const request = {
    id: command.id,
    state: home.dir,
    config: `${dir}/config`,
    log: home.log,
    stdio,
    umask: command.process.umask,
    writesMaps: isRoot() && command.namespaces.uidMappings.length > 0,
    args: firstProgram(command),
  }
  const blocking = openSync(`/proc/self/fd/${sink.read}`, constants.O_RDONLY)
  try {
    return await lxcStartKept(context.tools, request, {
      home: home.dir,
      monitorPipe: home.monitorPipe,
      group: wholeGroup(payload) ?? '',
      sink: blocking,
    })
  } finally {
    closeSync(blocking)
  }
}
