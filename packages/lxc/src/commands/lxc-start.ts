import { appendFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { isRoot } from '../host/user.js'
import { type ContainerOptions, containerOptions, LEVEL, nameOptions } from './container-options.js'
import type { RunningTool, ToolRunner } from './run.js'
import { withProcessAttributes } from './wrap.js'

/** What lxc-start is started with. */
export interface LxcStartRequest extends ContainerOptions {
  /** A FIFO or a file for its log. */
  readonly log: string
  readonly stdio: readonly [number, number, number]
  readonly umask: number
  /** Id maps are written by lxc-start itself, as root may, and not by newuidmap(1), which goes by /etc/subuid: it is kept from being found. */
  readonly writesMaps: boolean
  readonly args: readonly string[]
}

/**
 * Starts `lxc-start` in the foreground, the monitor of one container. `-C` closes every descriptor that it inherited; `-q` keeps its own messages out of the command's stderr.
 */
export async function lxcStart(tools: ToolRunner, request: LxcStartRequest): Promise<RunningTool> {
  const command = await startCommand(tools, request)
  const { stdio, writesMaps, state } = request
  return tools.spawn({ ...command, stdio, ...(writesMaps ? { path: state } : {}) })
}

/**
 * Where the log goes. LXC with a log by option repeats every error on stderr, which is the command's, even with `-q`; and with an ordinary user there is always one, which
 * is none: it drops groups in a namespace of one group. There the log is named in the configuration, which is read before anything can fail but itself.
 */
function logOptions(request: LxcStartRequest): string[] {
  if (isRoot()) return containerOptions(request)
  appendFileSync(request.config, `lxc.log.file = ${request.log}\nlxc.log.level = ${LEVEL}\n`)
  return nameOptions(request)
}

function startCommand(
  tools: ToolRunner,
  request: LxcStartRequest,
): Promise<{ program: string; args: readonly string[] }> {
  const args = ['-F', '-q', '-C', ...logOptions(request), '--', ...request.args]
  return withProcessAttributes(tools, 'lxc-start', args, {
    umask: request.umask,
    oomScoreAdj: null,
    join: [],
  })
}

const KEEPER = fileURLToPath(new URL('../../helper/keep.sh', import.meta.url))

/** What the keeper of a detached container is told. */
export interface Keeping {
  readonly home: string
  readonly monitorPipe: string
  /** A cgroup that all of the container's processes are in. */
  readonly group: string
  /** Read end of the pipe of output that nobody wants. */
  readonly sink: number
}

/** The same below a shell that outlives this process and keeps how the container ended. */
export async function lxcStartKept(
  tools: ToolRunner,
  request: LxcStartRequest,
  { home, monitorPipe, group, sink }: Keeping,
): Promise<RunningTool> {
  const { program, args } = await startCommand(tools, request)
  const path = request.writesMaps ? request.state : tools.searchPath
  const words = [KEEPER, home, monitorPipe, group, path, await tools.find(program), ...args]
  return tools.spawn({ program: 'sh', args: words, stdio: [...request.stdio, sink] })
}
