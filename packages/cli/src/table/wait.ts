import { COMMON, DRIVER, JSON_FLAG } from './common.js'
import { CONTAINERS } from './options/container.js'
import type { CommandEntry } from './types.js'

export const ENTRY: CommandEntry = {
  description: [
    'Waits for the end of detached containers and prints the exit status of each, which is what `execd run` would have given. Others may stop them meanwhile.',
  ],
  operands: CONTAINERS,
  groups: [
    { title: 'Output', flags: [{ ...JSON_FLAG, help: 'Print the verdicts as JSON' }] },
    DRIVER,
    COMMON,
  ],
}
