import { COMMON, DRIVER } from './common.js'
import { CONTAINERS } from './options/container.js'
import { UPDATE_LIMITS } from './options/limits.js'
import type { CommandEntry } from './types.js'

export const ENTRY: CommandEntry = {
  description: ['Changes limits of detached containers while they run, of each wholly or not at all.'],
  operands: CONTAINERS,
  groups: [UPDATE_LIMITS, DRIVER, COMMON],
}
