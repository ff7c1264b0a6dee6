import { COMMON, DRIVER } from './common.js'
import type { CommandEntry } from './types.js'

export const ENTRY: CommandEntry = {
  description: [
    'Shows detached containers on the whole screen, one line each, with bars and plots of the last minutes; with a CONTAINER, the processes in it. Keys: c sorts by processor time, m by memory, n by name or number, q ends.',
    'Where stdout is no terminal, one plain table is printed.',
  ],
  operands: { usage: '[CONTAINER]', kind: 'container', min: 0, max: 1 },
  groups: [
    {
      title: 'Output',
      flags: [{ name: 'interval', value: 'TIME', help: 'Time between samples (default: 1s)' }],
    },
    DRIVER,
    COMMON,
  ],
}
