import type { Broken } from './broken.js'
import { CONTRACT_FAULTS } from './contract.js'
import { DECLARED_FAULTS } from './declared.js'
import { END_FAULTS } from './ends.js'
import { EXCEPTION_FAULTS } from './exceptions.js'
import { EXEC_FAULTS } from './execs.js'
import { RECOVERY_FAULTS } from './recovery.js'
import { RUNNING_FAULTS } from './running.js'
import { START_FAULTS } from './starts.js'
import { STREAM_FAULTS } from './streams.js'

/** Every deliberately broken driver. */
export const BROKEN: readonly Broken[] = [
  ...STREAM_FAULTS,
  ...START_FAULTS,
  ...RUNNING_FAULTS,
  ...EXEC_FAULTS,
  ...END_FAULTS,
  ...CONTRACT_FAULTS,
  ...DECLARED_FAULTS,
  ...EXCEPTION_FAULTS,
  ...RECOVERY_FAULTS,
]
