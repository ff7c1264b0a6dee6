import type { Flag, FlagGroup } from '../types.js'

/** What a process is, in `run` and in `exec`. */
const BOTH: readonly Flag[] = [
  { name: 'interactive', short: 'i', help: 'Pass stdin on' },
  { name: 'tty', short: 't', help: 'Give the process a terminal', field: 'process.terminal' },
  {
    name: 'env',
    short: 'e',
    value: 'NAME[=VALUE]',
    many: true,
    help: 'Set a variable; without a value, the one of this environment if it is set',
    field: 'process.env',
  },
  {
    name: 'env-file',
    value: 'FILE',
    kind: 'file',
    many: true,
    help: 'Set variables from a file of NAME=VALUE lines',
  },
  { name: 'workdir', short: 'w', value: 'DIR', help: 'Working folder inside', field: 'process.cwd' },
  {
    name: 'user',
    short: 'u',
    value: 'USER[:GROUP]',
    help: 'User and group, by name or number',
    field: 'process.user',
  },
  {
    name: 'group-add',
    value: 'GROUP',
    many: true,
    help: 'Add a supplementary group',
    field: 'process.additionalGroups',
  },
  {
    name: 'ulimit',
    value: 'NAME=SOFT[:HARD]',
    many: true,
    help: 'Set a limit of setrlimit(2), such as nofile=1024:4096',
    field: 'process.rlimits',
  },
  { name: 'privileged', help: 'Give all rights; no security boundary', field: 'process.privileged' },
  {
    name: 'escape',
    value: 'CHAR',
    help: 'First character of the escapes of a terminal session, such as ~. at the start of a line; "none" for no escapes (default: ~)',
  },
]

export const PROCESS: FlagGroup = {
  title: 'Process',
  flags: [
    ...BOTH,
    { name: 'init', help: 'Run it under a small init that reaps and forwards signals', field: 'init' },
    {
      name: 'oom-score-adj',
      value: 'NUMBER',
      help: 'How likely the kernel ends it for want of memory (-1000 to 1000)',
      field: 'process.oomScoreAdj',
    },
  ],
}

export const EXEC_PROCESS: FlagGroup = { title: 'Process', flags: BOTH }
