import { existsSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import {
  type CleanupProblem,
  type DriverProcess,
  type ExecOptions,
  type ExitStatus,
  effectiveCapabilities,
  type ProcessSpec,
  type Usage,
} from '@execd/core/driver'
import { readUsage } from '@execd/linux/cgroup'
import { childrenOf, readStat, signalName } from '@execd/linux/proc'
import { resolveInRoot } from '@execd/linux/rootfs'
import { findUser } from '@execd/linux/users'
import { lxcAttach } from '../commands/lxc-attach.js'
import type { RunningTool } from '../commands/run.js'
import { environmentLines, environmentOf, rlimitLines } from '../config/process.js'
import { lxcError, unsupported } from '../errors.js'
import { usageOf } from '../host/counters.js'
import { makeExecGroups, moveBack } from '../host/exec-groups.js'
import { discardGroups, endGroups } from '../host/remove-groups.js'
import type { FifoLot } from '../io/fifo-stock.js'
import { LogPipe } from '../io/log-pipe.js'
import { prepareStdio } from '../io/stdio.js'
import { startFailure } from '../parse/failure.js'
import { ToolProcess } from '../process/tool-process.js'
import { type DriverContext, type LxcContainer, runningContainer } from './context.js'
import { checkProgram } from './prepare.js'

const FIFOS_PER_EXEC = 4
const SPINS = 50
const SIGKILL = 9
const SIGNALED = 128
const LAST_SIGNAL = 64

/** What lxc-attach has no option for: equal to the container's own, or refused. */
function checkExec(process: ProcessSpec, container: LxcContainer): void {
  const own = container.command.process
  checkProgram(process.args[0] ?? '')
  if (process.terminal)
    throw unsupported('process.terminal', 'this driver gives terminals to the first process only')
  const set = (spec: ProcessSpec): string => effectiveCapabilities(spec.capabilities).join()
  if (set(process) !== set(own))
    throw unsupported(
      'process.capabilities',
      'lxc-attach gives a process the capabilities of the container, no others',
      "leave them as the container's",
    )
  if (process.noNewPrivileges !== own.noNewPrivileges)
    throw unsupported(
      'process.noNewPrivileges',
      'lxc-attach takes it from the container, where it is different',
      "leave it as the container's",
    )
  if (process.apparmorProfile !== own.apparmorProfile)
    throw unsupported('process.apparmorProfile', "lxc-attach enters the container's own")
  if (process.selinuxLabel !== own.selinuxLabel)
    throw unsupported('process.selinuxLabel', "lxc-attach enters the container's own")
  if (process.capabilities.ambient.length > 0)
    throw unsupported('process.capabilities.ambient', 'LXC raises no ambient capabilities')
}

/** lxc-attach changes into the folder it was started in, by the same path inside; so the host must have one of that path. */
function checkCwd(cwd: string, root: string): void {
  const real = cwd.startsWith('/proc/') ? null : resolveInRoot([root], cwd)
  if (real === null || real.startsWith('/proc/') || !existsSync(`${root}${real}`))
    throw lxcError(
      'EXECD_WORKING_DIRECTORY',
      `the working directory ${cwd} does not exist in the container`,
      { details: { path: 'process.cwd' } },
    )
  if (!statSync(cwd, { throwIfNoEntry: false })?.isDirectory())
    throw unsupported(
      'process.cwd',
      'lxc-attach has no option for the working directory, and takes only one that the host has too',
      'leave it "/" and run a shell that changes it: ["sh", "-c", "cd DIR && exec PROGRAM"]',
    )
}

/**
 * Waits until the process in the container executes another program than lxc-attach itself (which runs from a copy in memory, so it is not the installed file). Null
 * when it has ended, which the tool tells more about.
 */
async function executed(tool: RunningTool): Promise<number | null> {
  const attach = statSync(`/proc/${tool.pid}/exe`, { throwIfNoEntry: false })
  if (attach === undefined) return null
  for (let spin = 0; ; spin++) {
    for (const pid of childrenOf(tool.pid)) {
      const exe = statSync(`/proc/${pid}/exe`, { throwIfNoEntry: false })
      if (exe !== undefined && (exe.dev !== attach.dev || exe.ino !== attach.ino)) return pid
    }
    const state = readStat(tool.pid)?.state
    if (state === undefined || state === 'Z') return null
    if (spin >= SPINS) await sleep(1)
  }
}

/** The verb `exec`: see Driver in @execd/core. */
export async function exec(
  context: DriverContext,
  id: string,
  execId: string,
  process: ProcessSpec,
  options: ExecOptions,
): Promise<DriverProcess> {
  const container = runningContainer(context, id)
  checkExec(process, container)
  const root = `/proc/${container.process.pid}/root`
  checkCwd(process.cwd, root)
  const user = findUser(process, [root], { driver: 'lxc', container: id, exec: execId })
  if (user.groups.some((group) => group !== user.gid))
    throw unsupported(
      'process.additionalGroups',
      'lxc-attach gives a process no supplementary groups',
      'give the user by number, which has none',
    )
  const fifos = await context.fifos.take(FIFOS_PER_EXEC)
  const config = `${container.dir}/exec-${execId}`
  const lines = [...environmentLines(environmentOf(process, user)), ...rlimitLines(process)]
  writeFileSync(config, `${lines.join('\n')}\n`, { mode: 0o600 })
  try {
    return await start(context, container, { execId, process, config, user, fifos, io: options.io })
  } catch (error) {
    for (const path of [config, `${config}-stdin`]) rmSync(path, { force: true })
    throw error
  } finally {
    context.fifos.giveBack(fifos)
  }
}

interface ExecParts {
  readonly execId: string
  readonly process: ProcessSpec
  readonly config: string
  readonly user: { readonly uid: number; readonly gid: number }
  readonly fifos: FifoLot
  readonly io: ExecOptions['io']
}

async function start(
  context: DriverContext,
  container: LxcContainer,
  parts: ExecParts,
): Promise<ToolProcess> {
  const { execId, process, config, user } = parts
  const { id } = container.command
  const { layout } = await context.host()
  const groups = makeExecGroups(container.payload, execId)
  const pipe = parts.io.stdin.type === 'pipe' ? await context.stdins.take() : null
  const stdio = prepareStdio({ fifos: parts.fifos, stdin: pipe }, parts.io, user.uid, `${config}-stdin`)
  let ready: () => void = () => {}
  const aboutToExecute = new Promise<void>((resolve) => {
    ready = resolve
  })
  const log = new LogPipe(
    parts.fifos,
    () => {},
    (line) => {
      if (line.includes('Switched to uid')) ready()
    },
  )
  const startedAt = performance.now()
  let tool: RunningTool
  try {
    tool = await lxcAttach(context.tools, {
      id,
      state: context.state.dir,
      config,
      log: log.path,
      stdio: stdio.child,
      ...user,
      umask: process.umask,
      oomScoreAdj: process.oomScoreAdj,
      join: groups.join,
      cwd: process.cwd,
      args: process.args,
    })
  } catch (error) {
    stdio.destroy()
    await log.finish()
    await discardGroups(groups.own)
    throw error
  } finally {
    stdio.release()
  }
  const ended = tool.ended.then(async (end) => {
    if (end.signal !== null) await endGroups(groups.own) // its child would hold the log open
    await log.finish()
    return end
  })
  const pid = await Promise.race([aboutToExecute.then(() => executed(tool)), ended.then(() => null)])
  if (pid === null) {
    const end = await ended
    const failed = log.problems.some(({ level }) => level === 'ERROR')
    let reached = false
    void aboutToExecute.then(() => {
      reached = true
    })
    await Promise.resolve()
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
  const child = { pid: pid ?? 0, startTime: pid === null ? 0n : (readStat(pid)?.startTime ?? 0n) }
  if (pid !== null) moveBack(layout, tool.pid)
  const sent = new Set<number>()
  const exited = ended.then(async ({ exitCode }) => {
    const wall = performance.now() - startedAt
    const killed = container.killed || !lives(container.process?.pid)
    const counted = await readUsage(groups.own)
    const oomKills = counted.oomKills ?? 0
    container.execOomKills += oomKills
    const cleanup = await discardGroups(groups.own)
    for (const path of [config, `${config}-stdin`]) rmSync(path, { force: true })
    container.execs.delete(execId)
    return execStatus(exitCode, {
      sent,
      containerKilled: killed,
      usage: usageOf(counted, wall),
      oomKills,
      cleanup,
    })
  })
  const { stdin, stdout, stderr } = stdio
  const running = new ToolProcess({ tool, child, stdin, stdout, stderr, exited }, sent, groups.own)
  container.execs.set(execId, running)
  return running
}

function lives(pid: number | undefined): boolean {
  return pid !== undefined && readStat(pid)?.exiting === false
}

/** What is known of the end of an exec besides the exit code of lxc-attach. */
export interface EndOfExec {
  /** Signals sent from here. */
  readonly sent: ReadonlySet<number>
  /** The container ended before, and took it along. */
  readonly containerKilled: boolean
  readonly usage: Usage
  readonly oomKills: number
  readonly cleanup: readonly CleanupProblem[]
}

/**
 * lxc-attach tells a signal as 128 and its number, as a shell does, so that it cannot be told from an exit with that code: it counts as a signal when it was sent from
 * here, and SIGKILL also when the container ended or the kernel killed for want of memory. Pure.
 */
export function execStatus(exitCode: number | null, about: EndOfExec): ExitStatus {
  const { sent, containerKilled, usage, oomKills, cleanup } = about
  const number = (exitCode ?? 0) - SIGNALED
  const killed = number === SIGKILL && (containerKilled || oomKills > 0)
  const signaled = number > 0 && number <= LAST_SIGNAL && (sent.has(number) || killed)
  return {
    exitCode: signaled ? null : exitCode,
    signal: signaled ? signalName(number) : null,
    oom: oomKills > 0 ? { kills: oomKills, init: killed && !containerKilled && !sent.has(SIGKILL) } : null,
    usage,
    cleanup,
    lost: exitCode === null,
  }
}
