import type { DriverProcess } from '../contract/driver.js'
import { ExecdError } from '../errors/execd-error.js'
import { type Stopper, stoppedStart } from './stopper.js'

/** A start that can be given up. */
export interface Launch {
  /** In words, for errors. */
  readonly what: string
  readonly stopper: Stopper
  start(): Promise<DriverProcess>
  /** SIGKILL to everything of it, whether it runs already or not. */
  kill(): Promise<void>
  /** Removes what is kept of it after its end. Never rejects. */
  clean?(): Promise<unknown>
}

/**
 * Starts a process. When it is stopped on the way, kills what there is and rejects with EXECD_ABORTED or EXECD_TIMEOUT after everything is gone: a start that
 * succeeds too late is killed, not given out.
 */
export async function launch({ what, stopper, start, kill, clean }: Launch): Promise<DriverProcess> {
  const stopped = (): boolean => stopper.stopped
  if (stopped()) throw stoppedStart(what, stopper.interventions)
  let killing: Promise<void> = Promise.resolve()
  stopper.act(() => {
    killing = kill().catch(() => {})
  })
  let process: DriverProcess
  try {
    process = await start()
  } catch (error) {
    await killing
    if (stopped()) throw stoppedStart(what, stopper.interventions)
    throw error
  }
  stopper.act(() => {})
  if (!stopped()) return process
  await killing
  await kill().catch(unlessEnded)
  await process.exited.catch(() => {})
  await clean?.()
  throw stoppedStart(what, stopper.interventions)
}

function unlessEnded(error: unknown): void {
  if (!ExecdError.is(error, 'EXECD_NOT_RUNNING')) throw error
}
