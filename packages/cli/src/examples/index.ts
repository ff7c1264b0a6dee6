import type { Example } from '../table/types.js'
import * as detached from './detached.js'
import { COMPLETION, DOCTOR, DRIVERS, SCHEMA } from './host.js'
import { RUN } from './run.js'

/** The examples of each command that has some. */
export const EXAMPLES: Readonly<Record<string, readonly Example[]>> = {
  run: RUN,
  ps: detached.PS,
  logs: detached.LOGS,
  wait: detached.WAIT,
  exec: detached.EXEC,
  stop: detached.STOP,
  kill: detached.KILL,
  pause: detached.PAUSE,
  unpause: detached.PAUSE,
  update: detached.UPDATE,
  stats: detached.STATS,
  top: detached.TOP,
  inspect: detached.INSPECT,
  rm: detached.RM,
  drivers: DRIVERS,
  doctor: DOCTOR,
  schema: SCHEMA,
  completion: COMPLETION,
}
