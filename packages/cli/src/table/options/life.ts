import type { FlagGroup } from '../types.js'

export const LIFE: FlagGroup = {
  title: 'Life',
  flags: [
    { name: 'name', value: 'ID', help: 'Id of the container (default: a new one)', field: 'id' },
    { name: 'detach', short: 'd', help: 'Leave it running, with its output in files, and print its id' },
    {
      name: 'rm',
      help: 'With --detach: remove its record and output when its end is seen. Without, nothing is ever left (default: off with --detach)',
    },
    {
      name: 'log-opt',
      value: 'KEY=VALUE',
      many: true,
      help: 'With --detach: max-size of an output file, or "unlimited", and max-file, how many are kept (default: 10MiB and 5 where the driver can)',
    },
    { name: 'label', short: 'l', value: 'NAME[=VALUE]', many: true, help: 'Set a label', field: 'labels' },
    {
      name: 'file',
      short: 'f',
      value: 'FILE',
      kind: 'file',
      help: 'The command as JSON or YAML, "-" for stdin; other options are laid over it',
    },
    { name: 'timeout', value: 'TIME', help: 'End it after this time, such as 1.5s or 2m: exit status 124' },
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
      name: 'skip-unsupported',
      value: 'FIELD',
      many: true,
      help: 'Leave a field out where the driver cannot do it, such as resources',
    },
  ],
}

export const OUTPUT: FlagGroup = {
  title: 'Output',
  flags: [
    { name: 'json', help: 'Collect the output and print it with the verdict as JSON' },
    {
      name: 'max-output',
      value: 'SIZE',
      help: 'End it when stdout or stderr gets longer than this: exit status 137',
    },
  ],
}
