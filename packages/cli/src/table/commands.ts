import type { CommandHead } from './types.js'

/** Every command, in the order of the help. */
export const COMMANDS: readonly CommandHead[] = [
  {
    name: 'run',
    summary: 'Run a command in a new container',
    section: 'Run',
    entry: () => import('./run.js'),
    action: () => import('../commands/run.js'),
  },
  {
    name: 'schema',
    summary: 'Print the JSON Schema of a command file',
    section: 'Drivers and host',
    entry: () => import('./schema.js'),
    action: () => import('../commands/schema.js'),
  },
]
