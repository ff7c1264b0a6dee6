import { COMMON, DRIVER, JSON_FLAG } from './common.js'
import type { CommandEntry } from './types.js'

export const ENTRY: CommandEntry = {
  description: [
    'Tries what each installed driver needs on this host, and says what works, what does not and why, and the command that mends it. At the end it runs a container.',
    'A check that a driver can do without is "degraded" or "missing" without harm to the exit status: what depends on it is refused when it is asked for.',
  ],
  operands: { usage: '', kind: 'text', min: 0, max: 0 },
  groups: [
    {
      title: 'Output',
      flags: [
        { name: 'quiet', short: 'q', help: 'Print only what is wrong' },
        { name: 'run', help: 'Run a container, which --no-run leaves out (default: on)' },
        JSON_FLAG,
      ],
    },
    DRIVER,
    COMMON,
  ],
  exits: [
    ['0', 'every driver looked at can run containers here'],
    ['1', 'one cannot'],
  ],
}
