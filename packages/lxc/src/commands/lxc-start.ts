import { type ContainerOptions, containerOptions } from './container-options.js'
import type { RunningTool, ToolRunner } from './run.js'
import { withProcessAttributes } from './wrap.js'

/** What lxc-start is started with. */
export interface LxcStartRequest extends ContainerOptions {
  /** A FIFO for its log. */
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
  const { umask, stdio } = request
  const args = ['-F', '-q', '-C', ...containerOptions(request), '--', ...request.args]
  const wrapped = await withProcessAttributes(tools, 'lxc-start', args, {
    umask,
    oomScoreAdj: null,
    join: [],
  })
  return tools.spawn({ ...wrapped, stdio, ...(request.writesMaps ? { path: request.state } : {}) })
}
