import type { TerminalSize } from '@execd/core/driver'
import { TerminalHolder } from '../io/terminal-holder.js'
import { type ContainerOptions, containerOptions } from './container-options.js'
import { withoutLeaks } from './leaks.js'
import type { RunningTool, ToolRunner } from './run.js'
import { type InheritedAttributes, withProcessAttributes } from './wrap.js'

/** What lxc-attach is started with. */
export interface LxcAttachRequest extends InheritedAttributes, ContainerOptions {
  /** A configuration with what holds for this process only. */
  readonly config: string
  readonly uid: number
  readonly gid: number
  /** Its folder on the host, which lxc-attach changes into inside the container too. */
  readonly cwd: string
  readonly args: readonly string[]
  /** A descriptor of an empty file that nobody else has. */
  readonly nothing: () => Promise<number>
}

/** First descriptor besides the standard ones, and besides the one that the shell on a terminal has. */
const [AFTER_STDIO, AFTER_CONTROL] = [3, 4]

function attachCommand(
  tools: ToolRunner,
  request: LxcAttachRequest,
): Promise<{ program: string; args: readonly string[] }> {
  const { uid, gid, umask, oomScoreAdj, join } = request
  const args = [
    '-q',
    ...containerOptions(request),
    '--clear-env',
    '--elevated-privileges=CGROUP', // it is in its groups already; all else is as in the container
    '-u',
    String(uid),
    '-g',
    String(gid),
    '--',
    ...request.args,
  ]
  return withProcessAttributes(tools, 'lxc-attach', args, { umask, oomScoreAdj, join })
}

/** Starts `lxc-attach`, which joins the container, runs a program and waits for it. */
export async function lxcAttach(
  tools: ToolRunner,
  request: LxcAttachRequest,
  stdio: readonly [number, number, number],
): Promise<RunningTool> {
  const command = await attachCommand(tools, request)
  const extra = await withoutLeaks(AFTER_STDIO, request.nothing)
  return tools.spawn({ ...command, stdio: [...stdio, ...extra], cwd: request.cwd })
}

/** The same on a terminal: lxc-attach is a child of a shell that has it. */
export async function lxcAttachOnTerminal(
  tools: ToolRunner,
  request: LxcAttachRequest,
  size: TerminalSize,
): Promise<TerminalHolder> {
  const { program, args } = await attachCommand(tools, request)
  const path = await tools.find(program)
  const file = `${request.config}-program`
  const extra = await withoutLeaks(AFTER_CONTROL, request.nothing)
  return TerminalHolder.open(tools, size, { file, args: [path, ...args], extra, cwd: request.cwd })
}
