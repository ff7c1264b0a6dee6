import type { Example } from '../table/types.js'

export const DRIVERS: readonly Example[] = [
  {
    text: 'The drivers that are installed here:',
    shell: 'execd drivers',
    output: 'DRIVER  VERSION  PACKAGE...USABLE  FIELDS  VERBS\nnative...@execd/native...yes...exec...\n...\n',
  },
]

export const DOCTOR: readonly Example[] = [
  {
    text: 'Ask whether a driver can run containers here, and show only what it lacks:',
    shell: 'execd doctor --quiet --driver native',
    output: 'native can run containers here\n...\n',
  },
]

export const SCHEMA: readonly Example[] = [
  {
    text: 'Write the schema to a file that an editor can use:',
    shell: 'execd schema >command.schema.json\nhead -n 2 command.schema.json',
    output: '{\n  "$schema": "https://json-schema.org/draft/2020-12/schema",\n',
  },
]

export const COMPLETION: readonly Example[] = [
  {
    text: 'Complete commands and options in bash:',
    shell: 'execd completion bash | head -n 1',
    output: '# Completion of execd for bash, made by: execd completion bash\n',
  },
]
