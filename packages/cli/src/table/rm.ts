import { COMMON, DRIVER } from './common.js'
import { CONTAINERS } from './options/container.js'
import type { CommandEntry } from './types.js'

export const ENTRY: CommandEntry = {
  description: ['Removes what is kept of detached containers that have ended: record and output.'],
  operands: CONTAINERS,
  groups: [
    { title: 'How', flags: [{ name: 'force', short: 'f', help: 'Kill those that run first' }] },
    DRIVER,
    COMMON,
  ],
}
