import { COMMON, DRIVER } from './common.js'
import { CONTAINERS } from './options/container.js'
import type { CommandEntry } from './types.js'

export const ENTRY: CommandEntry = {
  description: ['Freezes every process of detached containers.'],
  operands: CONTAINERS,
  groups: [DRIVER, COMMON],
}
