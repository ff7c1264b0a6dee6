import { COMMON, DRIVER } from './common.js'
import { FILES } from './options/files.js'
import { LIFE, OUTPUT } from './options/life.js'
import { LIMITS } from './options/limits.js'
import { NETWORK } from './options/network.js'
import { PROCESS } from './options/process.js'
import { SECURITY } from './options/security.js'
import type { CommandEntry } from './types.js'

export const ENTRY: CommandEntry = {
  description: [
    'Runs a program in a new container and waits for its end. Everything of the container is gone when it returns. The words after PROGRAM are its own.',
    'What the driver cannot enforce on this host is refused before anything starts, with the reason and a remedy.',
    'With -t, keys go to the program as they are. At the start of a line ~. ends the container, ~^Z stops execd, ~? shows this list and ~~ types the character. Without -t, Ctrl-C and other signals go to the program; a second Ctrl-C kills it, and so does --stop-timeout. A signal that it would not see, as process 1 without a handler, ends it.',
  ],
  operands: { usage: '[--] PROGRAM [ARG...]', kind: 'text', min: 0, max: null, program: 'first' },
  groups: [PROCESS, FILES, LIMITS, NETWORK, SECURITY, LIFE, OUTPUT, DRIVER, COMMON],
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
