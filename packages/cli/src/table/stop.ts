import { COMMON, DRIVER } from './common.js'
import { CONTAINERS } from './options/container.js'
import type { CommandEntry } from './types.js'

export const ENTRY: CommandEntry = {
  description: [
    'Asks detached containers to end, and kills everything in those that have not ended in time. Prints their ids when all of them is gone.',
  ],
  operands: CONTAINERS,
  groups: [
    {
      title: 'How',
      flags: [
        {
          name: 'time',
          short: 't',
          value: 'TIME',
          help: 'How long it may take; a number alone is in seconds (default: its --stop-timeout, else 10s)',
        },
        {
          name: 'signal',
          short: 's',
          value: 'SIGNAL',
          help: 'What it is asked with (default: its --stop-signal, else SIGTERM)',
        },
      ],
    },
    DRIVER,
    COMMON,
  ],
}
