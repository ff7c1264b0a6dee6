import type { FlagGroup } from './types.js'

/** Options of every command; they may also stand before its name. */
export const COMMON: FlagGroup = {
  title: 'Common options',
  flags: [
    { name: 'help', help: 'Show this help' },
    { name: 'debug', help: 'Show the code, the details and the stack of an error' },
  ],
}

/** Which driver, and where it is looked for. */
export const DRIVER: FlagGroup = {
  title: 'Driver',
  flags: [
    {
      name: 'driver',
      value: 'NAME',
      kind: 'driver',
      help: 'The driver, by name or by the path of its package (default: EXECD_DRIVER, else the first that is installed)',
    },
    { name: 'driver-options', value: 'JSON', help: 'Options that the driver is created with' },
    {
      name: 'from',
      value: 'PATH',
      kind: 'folder',
      help: 'Where the look-up of drivers starts (default: where execd is installed, then the working folder)',
    },
  ],
}

export const JSON_FLAG = { name: 'json', help: 'Print JSON' } as const
