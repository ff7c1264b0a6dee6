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
    name: 'drivers',
    summary: 'List the installed drivers and what they can do here',
    section: 'Drivers and host',
    entry: () => import('./drivers.js'),
    action: () => import('../commands/drivers.js'),
  },
  {
    name: 'doctor',
    summary: 'Say what this host has, what it lacks, and how to mend it',
    section: 'Drivers and host',
    entry: () => import('./doctor.js'),
    action: () => import('../commands/doctor.js'),
  },
  {
    name: 'conformance',
    summary: 'Run the conformance kit over a driver',
    section: 'Drivers and host',
    entry: () => import('./conformance.js'),
    action: () => import('../commands/conformance.js'),
  },
  {
    name: 'schema',
    summary: 'Print the JSON Schema of a command file',
    section: 'Drivers and host',
    entry: () => import('./schema.js'),
    action: () => import('../commands/schema.js'),
  },
]
