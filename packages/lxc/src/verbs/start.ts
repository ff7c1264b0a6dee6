import { identify, readStat } from '@execd/linux/proc'
import { lxcStart } from '../commands/lxc-start.js'
import type { RunningTool, ToolEnd } from '../commands/run.js'
import { firstProgram, usesInit } from '../config/init.js'
import { givenUpError } from '../errors.js'
import { killByArgument } from '../host/proc.js'
import { isRoot } from '../host/user.js'
import type { FifoLot } from '../io/fifo-stock.js'
import { LogPipe } from '../io/log-pipe.js'
import type { StatusPipe } from '../io/status-pipe.js'
import type { PreparedStdio } from '../io/stdio.js'
import { startFailure } from '../parse/failure.js'
import { executed } from '../process/executed.js'
import { signalChain } from '../process/signal-chain.js'
import type { ToolProcess } from '../process/tool-process.js'
import type { DriverContext, LxcContainer } from './context.js'
import type { Prestart } from './prestart.js'
import { runningProcess } from './running.js'

/** What a start needs besides the configuration, which is written. */
export interface StartParts {
  readonly stdio: PreparedStdio
  readonly prestart: Prestart | null
  readonly statuses: StatusPipe
  readonly fifos: FifoLot
  readonly oom: () => void
}

const endText = ({ exitCode, signal }: ToolEnd): string =>
  signal === null ? `ended with ${exitCode}` : `was ended by ${signal}`

/** Starts lxc-start; resolves when the command really runs, rejects when it did not come to that and lxc-start has ended. */
export async function startContainer(
  context: DriverContext,
  container: LxcContainer,
  parts: StartParts,
): Promise<ToolProcess> {
  const { stdio, prestart } = parts
  let tool: RunningTool | null = null
  let started: (pid: number) => void = () => {}
  const running = new Promise<number>((resolve) => {
    started = resolve
  })
  let named = 0
  const log = new LogPipe(parts.fifos, (event) => {
    // the line is the monitor's own: it names a child of it, or one that has already ended
    named = event.pid
    const stat = readStat(event.pid)
    if (stat === null || stat.parent === tool?.pid) started(event.pid)
  })
  const startedAt = performance.now()
  const config = `${container.dir}/config`
  try {
    const { id, process, namespaces } = container.command
    tool = await lxcStart(context.tools, {
      id,
      state: container.state.dir,
      config,
      log: log.path,
      stdio: stdio.child,
      umask: process.umask,
      writesMaps: isRoot() && namespaces.uidMappings.length > 0,
      args: firstProgram(container.command),
    })
  } catch (error) {
    stdio.release()
    stdio.destroy()
    await log.finish()
    throw error
  }
  stdio.release()
  container.tool = tool
  if (container.cancelled) tool.signal('SIGKILL')
  const ended = tool.ended.then(async (end) => {
    if (end.signal !== null) killByArgument(config)
    await log.finish()
    return end
  })
  const first = await Promise.race([running, ended.then(() => Promise.race([running, null]))])
  const end = first === null || container.cancelled ? await ended : null
  // lxc-start ends with 0 only after the command ran, whatever came of it
  const ran = end === null || (end.exitCode === 0 && !log.problems.some(({ level }) => level !== 'WARN'))
  if (!ran || container.cancelled) {
    stdio.destroy()
    if (prestart?.failure) throw prestart.failure.reason
    const about = {
      tool: 'lxc-start',
      args: [],
      container: container.command.id,
      ended: end === null ? '' : endText(end),
    }
    if (container.cancelled) throw givenUpError(container.command.id)
    throw startFailure(log.problems, about)
  }
  const one = identify(first ?? (named || tool.pid)) ?? { pid: named, startTime: 0n }
  const second =
    end === null && usesInit(container.command)
      ? await Promise.race([executed(one.pid), ended.then(() => null)])
      : null
  const two = second === null ? null : identify(second)
  return runningProcess(context, container, {
    first: one,
    second: two,
    exit: ended.then(({ exitCode }) => (exitCode === 0 ? parts.statuses.take(container.command.id) : null)),
    wall: () => performance.now() - startedAt,
    signal: (signal) => signalChain(tool, two === null ? [one] : [one, two], signal, container.paused),
    resized: () => void tool.signal('SIGWINCH'),
    stdio,
    oom: parts.oom,
  })
}
