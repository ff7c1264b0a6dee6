import { COMMON, DRIVER } from './common.js'
import { EXEC_LIMITS } from './options/limits.js'
import { EXEC_PROCESS } from './options/process.js'
import type { CommandEntry } from './types.js'

export const ENTRY: CommandEntry = {
  description: [
    'Runs one more program in a detached container and waits for its end. It is a process tree of its own: it can be limited, and is ended with all it started. The words after CONTAINER are the program and its arguments.',
    'While it runs this command owns the container: stop it, or let it end, before another command can.',
  ],
  operands: {
    usage: 'CONTAINER [--] PROGRAM [ARG...]',
    kind: 'container',
    min: 2,
    max: null,
    program: 'second',
  },
  groups: [
    EXEC_PROCESS,
    EXEC_LIMITS,
    {
      title: 'Life',
      flags: [
        { name: 'timeout', value: 'TIME', help: 'End it after this time: exit status 124' },
        {
          name: 'stop-signal',
          value: 'SIGNAL',
          help: 'What it is asked to end with first, when its time is over (default: none, it is killed)',
        },
        {
          name: 'stop-timeout',
          value: 'TIME',
          help: 'How long it may take to end when it is asked to, before it is killed (default: 10s)',
        },
        {
          name: 'max-output',
          value: 'SIZE',
          help: 'End it when stdout or stderr gets longer than this: exit status 137',
        },
      ],
    },
    DRIVER,
    COMMON,
  ],
  statusOfProgram: true,
  exits: [
    ['0-255', "the program's own, or 128 and the number of the signal that ended it"],
    ['124', 'it was ended by --timeout'],
    ['125', 'execd could not start it, or lost sight of it'],
    ['126', 'the program cannot be executed'],
    ['127', 'the program does not exist in the container'],
    ['137', 'it was killed: for want of memory, or by --max-output, which stderr says'],
  ],
}
