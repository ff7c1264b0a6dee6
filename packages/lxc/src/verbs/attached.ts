import type { ProcessIO, TerminalSize } from '@execd/core/driver'
import { identify, type ProcessIdentity } from '@execd/linux/proc'
import { type LxcAttachRequest, lxcAttach, lxcAttachOnTerminal } from '../commands/lxc-attach.js'
import type { RunningTool, ToolEnd, ToolRunner } from '../commands/run.js'
import { type Pipes, type PreparedStdio, prepareStdio, terminalStdio } from '../io/stdio.js'
import { Terminal } from '../io/terminal.js'

/** lxc-attach, started by this process or by the shell that has its terminal. */
export interface Attached {
  /** lxc-attach itself, when it is a child of this process. */
  readonly tool: RunningTool | null
  readonly self: ProcessIdentity
  readonly ended: Promise<ToolEnd>
  readonly stdio: PreparedStdio
}

const identityOf = (pid: number): ProcessIdentity => identify(pid) ?? { pid, startTime: 0n }

/** Where the streams of an exec go. */
export interface AttachedIO {
  readonly io: ProcessIO
  readonly pipes: Pipes
  /** Host id of the process's user. */
  readonly owner: number
  readonly empty: string
}

/** Starts lxc-attach with pipes, files or descriptors. */
export async function attach(
  tools: ToolRunner,
  request: LxcAttachRequest,
  { io, pipes, owner, empty }: AttachedIO,
): Promise<Attached> {
  const stdio = prepareStdio(pipes, io, owner, empty)
  try {
    const tool = await lxcAttach(tools, request, stdio.child)
    return { tool, self: identityOf(tool.pid), ended: tool.ended, stdio }
  } catch (error) {
    stdio.destroy()
    throw error
  } finally {
    stdio.release()
  }
}

/** Starts lxc-attach on a terminal. Null when it did not come to that; then `ended` tells all there is. */
export async function attachOnTerminal(
  tools: ToolRunner,
  request: LxcAttachRequest,
  { io, size, hangUp }: { io: ProcessIO; size: TerminalSize; hangUp: () => void },
): Promise<Attached> {
  const holder = await lxcAttachOnTerminal(tools, request, size)
  const stdio = terminalStdio(new Terminal(holder, hangUp), io, false)
  const pid = (await holder.program.pid) ?? 0
  const ended = holder.program.ended.then((exitCode): ToolEnd => ({ exitCode, signal: null }))
  return { tool: null, self: identityOf(pid), ended, stdio }
}
