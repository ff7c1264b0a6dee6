import { COMMON } from './common.js'
import type { CommandEntry } from './types.js'

export const ENTRY: CommandEntry = {
  description: [
    'Runs the conformance kit, which must be installed (@execd/conformance), over a driver: real containers, some minutes. The words after DRIVER are those of `execd-conformance`, such as --only GROUP or --json FILE; `execd conformance DRIVER --help` lists them.',
  ],
  operands: { usage: 'DRIVER [OPTION...]', kind: 'driver', min: 1, max: null, program: 'first' },
  groups: [COMMON],
  exits: [
    ['0', 'every case passed'],
    ['1', 'a case failed'],
    ['2', 'the words after DRIVER are wrong'],
  ],
}
