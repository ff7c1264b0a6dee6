import { COMMON, DRIVER } from './common.js'
import { ONE_CONTAINER } from './options/container.js'
import type { CommandEntry } from './types.js'

export const ENTRY: CommandEntry = {
  description: [
    'Prints the output of a detached container, what it wrote to stdout on stdout and what it wrote to stderr on stderr, as far as its files are kept. Works after its end too.',
  ],
  operands: ONE_CONTAINER,
  groups: [
    {
      title: 'Output',
      flags: [
        { name: 'follow', short: 'f', help: 'Go on until the container ends' },
        {
          name: 'tail',
          short: 'n',
          value: 'LINES',
          help: 'Begin with this many lines before the end of each',
        },
        { name: 'stdout', help: 'Print only what it wrote to stdout' },
        { name: 'stderr', help: 'Print only what it wrote to stderr' },
      ],
    },
    DRIVER,
    COMMON,
  ],
}
