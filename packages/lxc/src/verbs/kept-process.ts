import { Socket } from 'node:net'
import type { FirstExit } from '../io/status-pipe.js'
import type { Home } from '../kept/home.js'
import type { KeptRecord } from '../kept/record.js'
import { signalFrozen } from '../process/signal-frozen.js'
import type { ToolProcess } from '../process/tool-process.js'
import type { DriverContext, LxcContainer } from './context.js'
import { runningProcess } from './running.js'

const NO_STREAMS = {
  stdin: null,
  stdout: null,
  stderr: null,
  terminal: null,
  finish: () => Promise.resolve(),
}

/** What a detached container is followed by. */
export interface Kept {
  readonly home: Home
  readonly record: KeptRecord
  readonly oom: () => void
}

/** The process of a detached container, followed by this driver: just started, or found again. */
export function keptProcess(
  context: DriverContext,
  container: LxcContainer,
  { home, record, oom }: Kept,
): ToolProcess {
  const { first, second, startedAt } = record
  const over = keeperEnd(home, container)
  const exit = over.then(() => lastWord(context, container, home))
  return runningProcess(context, container, {
    first,
    second,
    exit,
    wall: () => (home.readExit()?.at ?? Date.now()) - startedAt,
    signal: (signal) => signalFrozen(container.payload, second ?? first, signal, container.paused),
    resized: () => {},
    stdio: NO_STREAMS,
    oom,
  })
}

/** Resolves when the keeper has ended; never when this driver lets the container go before. */
function keeperEnd(home: Home, container: LxcContainer): Promise<void> {
  return new Promise((resolve) => {
    const watch = new Socket({ fd: home.openAlive(), readable: true, writable: false })
    container.release = () => watch.destroy()
    watch
      .on('error', () => {})
      .once('end', resolve)
      .resume()
    // a keeper that had ended before this descriptor was opened does not show in it
    if (home.readExit() !== null || !home.keeperLives) resolve()
  })
}

/** What the keeper has left. One that was killed has left nothing: then nothing of the container may go on. */
async function lastWord(
  context: DriverContext,
  container: LxcContainer,
  home: Home,
): Promise<FirstExit | null> {
  container.release()
  const told = home.readExit()
  if (told !== null) return told.exit
  await context.clearAway(home.dir)
  return null
}
