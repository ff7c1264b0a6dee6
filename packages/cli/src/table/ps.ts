import { COMMON, DRIVER, JSON_FLAG } from './common.js'
import type { CommandEntry } from './types.js'

export const ENTRY: CommandEntry = {
  description: [
    'Lists detached containers: of the driver that is named, else of all that are installed. Without --all only those that run.',
  ],
  operands: { usage: '', kind: 'text', min: 0, max: 0 },
  groups: [
    {
      title: 'Output',
      flags: [
        { name: 'all', short: 'a', help: 'List ended ones too' },
        { name: 'quiet', short: 'q', help: 'Print ids only' },
        { name: 'no-trunc', help: 'Print whole commands' },
        JSON_FLAG,
      ],
    },
    DRIVER,
    COMMON,
  ],
}
