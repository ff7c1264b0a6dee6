import { COMMON, DRIVER } from './common.js'
import { CONTAINERS } from './options/container.js'
import type { CommandEntry } from './types.js'

export const ENTRY: CommandEntry = {
  description: [
    'Prints all that is known of detached containers as JSON: the command with every default, the files of its output, its owner, and its verdict when it has ended and that was seen.',
  ],
  operands: CONTAINERS,
  groups: [DRIVER, COMMON],
}
