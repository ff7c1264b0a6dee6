import { COMMON, DRIVER } from './common.js'
import { ANY_CONTAINERS } from './options/container.js'
import type { CommandEntry } from './types.js'

export const ENTRY: CommandEntry = {
  description: [
    'Shows what detached containers use, one line each, until Ctrl-C: processor time (100% is one processor), memory and processes with their limits, network and disk a second. Bars are parts of the limit, else of what the host has.',
    'On a terminal the table is drawn in one place; else one is printed after the other, without bars. A container is owned only for the moment of a sample.',
  ],
  operands: ANY_CONTAINERS,
  groups: [
    {
      title: 'Output',
      flags: [
        { name: 'interval', value: 'TIME', help: 'Time between samples (default: 1s)' },
        { name: 'no-stream', help: 'Print one table and end' },
        { name: 'json', help: 'Print a line of JSON for each sample of each container' },
      ],
    },
    DRIVER,
    COMMON,
  ],
}
