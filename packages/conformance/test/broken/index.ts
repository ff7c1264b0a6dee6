import type { Broken } from './broken.js'
import { CONTRACT_FAULTS } from './contract.js'
import { END_FAULTS } from './ends.js'
import { EXCEPTION_FAULTS } from './exceptions.js'
import { RECOVERY_FAULTS } from './recovery.js'
import { STREAM_FAULTS } from './streams.js'

/** Every deliberately broken driver. */
export const BROKEN: readonly Broken[] = [
  ...STREAM_FAULTS,
  ...END_FAULTS,
  ...CONTRACT_FAULTS,
  ...EXCEPTION_FAULTS,
  ...RECOVERY_FAULTS,
]
