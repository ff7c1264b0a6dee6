import { COMMON, DRIVER } from './common.js'
import { CONTAINERS } from './options/container.js'
import type { CommandEntry } from './types.js'

export const ENTRY: CommandEntry = {
  description: [
    'Sends a signal to the first process of detached containers. Without --signal everything in them is killed, and it returns when all is gone.',
  ],
  operands: CONTAINERS,
  groups: [
    {
      title: 'Signal',
      flags: [
        {
          name: 'signal',
          short: 's',
          value: 'SIGNAL',
          help: 'By name or number (default: KILL, to everything)',
        },
      ],
    },
    DRIVER,
    COMMON,
  ],
}
