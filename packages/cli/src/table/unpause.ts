import { COMMON, DRIVER } from './common.js'
import { CONTAINERS } from './options/container.js'
import type { CommandEntry } from './types.js'

export const ENTRY: CommandEntry = {
  description: ['Lets the processes of frozen containers go on.'],
  operands: CONTAINERS,
  groups: [DRIVER, COMMON],
}
