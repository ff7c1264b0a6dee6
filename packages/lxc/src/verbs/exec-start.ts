import type { ExecOptions, ProcessSpec, Resources } from '@execd/core/driver'
import { execPaths, readUsage } from '@execd/linux/cgroup'
import { readStat, signalProcess } from '@execd/linux/proc'
import { usageOf } from '../host/counters.js'
import { type ExecGroups, makeExecGroups, moveBack } from '../host/exec-groups.js'
import type { Host } from '../host/host.js'
import { discardGroups, endGroups } from '../host/remove-groups.js'
import type { FifoLot } from '../io/fifo-stock.js'
import { LogPipe } from '../io/log-pipe.js'
import { DEFAULT_SIZE } from '../io/terminal-holder.js'
import { startFailure } from '../parse/failure.js'
import { watchEnd } from '../process/end-watch.js'
import { executed } from '../process/executed.js'
import { signalChain } from '../process/signal-chain.js'
import { signalFrozen } from '../process/signal-frozen.js'
import { ToolProcess } from '../process/tool-process.js'
import { type Attached, attach, attachOnTerminal } from './attached.js'
import type { DriverContext, LxcContainer } from './context.js'
import { removeExecFiles } from './exec.js'
import { hostId } from './render-input.js'
import { execStatus } from './told-end.js'

const SIGHUP = 1
const ALL: ReadonlySet<string> = new Set(['cpu', 'cpuset', 'blkio'])

/** What an exec is started from; the configuration is written. */
export interface ExecParts {
  readonly execId: string
  readonly process: ProcessSpec
  readonly config: string
  readonly user: { readonly uid: number; readonly gid: number }
  readonly fifos: FifoLot
  readonly io: ExecOptions['io']
  /** Limits of its own. */
  readonly resources: Resources | null
  /** Called at the end when the kernel killed something of it for want of memory. */
  readonly oom: () => void
}

/** The process that hangUp is for, once it runs. */
interface Later {
  process: ToolProcess | null
}

async function startAttach(
  context: DriverContext,
  container: LxcContainer,
  parts: ExecParts,
  about: { readonly log: LogPipe; readonly groups: ExecGroups; readonly later: Later },
): Promise<Attached> {
  const { process, config, user, io, fifos } = parts
  const request = {
    id: container.command.id,
    state: container.state.dir,
    config,
    log: about.log.path,
    ...user,
    umask: process.umask,
    oomScoreAdj: process.oomScoreAdj,
    join: about.groups.join,
    cwd: process.cwd,
    args: process.args,
    nothing: () => context.stdins.nothing(),
  }
  if (process.terminal) {
    const hangUp = () => void about.later.process?.kill(SIGHUP).catch(() => {})
    return attachOnTerminal(context.tools, request, {
      io,
      size: process.consoleSize ?? DEFAULT_SIZE,
      hangUp,
    })
  }
  const stdin = io.stdin.type === 'pipe' ? await context.stdins.take() : null
  const streams = {
    io,
    pipes: { fifos, stdin },
    owner: hostId(container.command, user.uid),
    empty: `${config}-stdin`,
  }
  return attach(context.tools, request, streams)
}

async function groupsFor(
  { payload }: LxcContainer,
  { execId, resources }: ExecParts,
  host: Host,
): Promise<ExecGroups> {
  try {
    return makeExecGroups(payload, execId, resources, host)
  } catch (error) {
    await discardGroups(execPaths(payload, execId, ALL))
    throw error
  }
}

/** Starts lxc-attach; resolves when the program runs, rejects when it did not come to that and nothing of it is left but its files. */
export async function startExec(
  context: DriverContext,
  container: LxcContainer,
  parts: ExecParts,
): Promise<ToolProcess> {
  const { execId, process, config } = parts
  const { id } = container.command
  const host = await context.host()
  const groups = await groupsFor(container, parts, host)
  const later: Later = { process: null }
  let reached = false
  let ready: () => void = () => {}
  const aboutToExecute = new Promise<void>((resolve) => {
    ready = resolve
  })
  const log = new LogPipe(
    parts.fifos,
    () => {},
    (line) => {
      if (!line.includes('Switched to uid')) return
      reached = true
      ready()
    },
  )
  const startedAt = performance.now()
  let attached: Attached
  try {
    attached = await startAttach(context, container, parts, { log, groups, later })
  } catch (error) {
    await log.finish()
    await discardGroups(groups.own)
    throw error
  }
  const { stdio, tool } = attached
  const ended = attached.ended.then(async (end) => {
    if (end.exitCode === null) await endGroups(groups.own) // its child would hold the log open
    await log.finish()
    return end
  })
  const pid = await Promise.race([
    aboutToExecute.then(() => executed(attached.self.pid)),
    ended.then(() => null),
  ])
  if (pid === null) {
    const end = await ended
    const failed = log.problems.some(({ level }) => level === 'ERROR')
    if (failed || !reached || end.exitCode === null) {
      stdio.destroy()
      await discardGroups(groups.own)
      throw startFailure(log.problems, {
        tool: 'lxc-attach',
        args: [],
        container: id,
        exec: execId,
        ended: `ended with ${end.exitCode ?? end.signal}`,
      })
    }
  }
  const child = { pid: pid ?? 0, startTime: readStat(pid ?? 0)?.startTime ?? 0n }
  if (pid !== null) moveBack(host.layout, attached.self.pid)
  const unwatch =
    process.terminal && pid !== null
      ? watchEnd(child, () => {
          stdio.terminal?.takeAll()
          void endGroups(groups.own)
        })
      : () => {}
  const sent = new Set<number>()
  const exited = ended.then(async ({ exitCode }) => {
    unwatch()
    const wall = performance.now() - startedAt
    const killed = container.killed || !lives(container.first)
    const counted = await readUsage(groups.own)
    const oomKills = counted.oomKills ?? 0
    container.execOomKills += oomKills
    if (oomKills > 0) parts.oom()
    const cleanup = await discardGroups(groups.own)
    await stdio.finish()
    removeExecFiles(container, config)
    container.execs.delete(execId)
    const usage = usageOf(counted, wall)
    return execStatus(exitCode, { sent, containerKilled: killed, usage, oomKills, cleanup })
  })
  const running = new ToolProcess({
    pid: child.pid,
    // the shell on a terminal cannot be stopped: script(1) would stop with it
    signal: (signal) =>
      tool === null ? signalFrozen(groups.own, child, signal) : signalChain(tool, [child], signal),
    resized: () => void signalProcess(attached.self, 'SIGWINCH'),
    stdio,
    exited,
    sent,
    groups: groups.own,
  })
  later.process = running
  container.execs.set(execId, running)
  return running
}

function lives(pid: number): boolean {
  return readStat(pid)?.exiting === false
}
