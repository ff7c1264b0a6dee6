import type { ProcessIdentity } from '@execd/linux/proc'
import { usesInit } from '../config/init.js'
import { endOthers } from '../host/remove-groups.js'
import type { FirstExit } from '../io/status-pipe.js'
import type { PreparedStdio } from '../io/stdio.js'
import { watchEnd } from '../process/end-watch.js'
import { ToolProcess } from '../process/tool-process.js'
import type { DriverContext, LxcContainer } from './context.js'
import { containerStatus } from './finish.js'

/** A container whose command runs, or has just run. */
export interface RunningParts {
  /** Process 1, and the command when that is another process. */
  readonly first: ProcessIdentity
  readonly second: ProcessIdentity | null
  /** Resolves when LXC's monitor has ended: how process 1 did, or null when that is not known. */
  readonly exit: Promise<FirstExit | null>
  /** Milliseconds since the start. */
  readonly wall: () => number
  readonly signal: (signal: number) => Promise<void>
  readonly resized: () => void
  readonly stdio: Pick<PreparedStdio, 'stdin' | 'stdout' | 'stderr' | 'terminal' | 'finish'>
  readonly oom: () => void
}

/** Makes the process that a container is seen as, until its end. */
export function runningProcess(
  context: DriverContext,
  container: LxcContainer,
  parts: RunningParts,
): ToolProcess {
  const { first, second, stdio, wall, oom } = parts
  container.first = first.pid
  // without orphans, and where output is read, it is LXC's monitor that tells
  const unwatch = usesInit(container.command)
    ? watchEnd(second ?? first, () => {
        stdio.terminal?.takeAll()
        void endOthers(container.payload, first)
      })
    : () => {}
  const sent = new Set<number>()
  const exited = parts.exit.then(async (exit) => {
    unwatch()
    const status = await containerStatus(context, container, { exit, sent, wall: wall(), oom })
    await stdio.finish()
    return status
  })
  const process = new ToolProcess({
    pid: (second ?? first).pid,
    signal: parts.signal,
    resized: parts.resized,
    stdio,
    exited,
    sent,
    groups: container.payload,
  })
  container.process = process
  return process
}
