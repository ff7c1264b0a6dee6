import { COMMON, DRIVER, JSON_FLAG } from './common.js'
import type { CommandEntry } from './types.js'

export const ENTRY: CommandEntry = {
  description: [
    'Removes what dead processes left of their containers on this host: processes, cgroups, mounts, network links, files. Touches no container of a living process and no detached one, and lists what it removed.',
  ],
  operands: { usage: '', kind: 'text', min: 0, max: 0 },
  groups: [{ title: 'Output', flags: [JSON_FLAG] }, DRIVER, COMMON],
  exits: [
    ['0', 'nothing is left'],
    ['1', 'something could not be removed'],
  ],
}
