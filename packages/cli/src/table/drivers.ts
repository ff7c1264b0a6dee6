import { COMMON, DRIVER, JSON_FLAG } from './common.js'
import type { CommandEntry } from './types.js'

export const ENTRY: CommandEntry = {
  description: [
    'Lists the drivers that are installed, the one that is used by default first, with what they can do on this host. With a NAME, lists what this driver cannot do here, with reasons and remedies.',
    'A package is taken for a driver when its name is `execd-driver-*`, also below a scope, or when it belongs to execd and says so.',
  ],
  operands: { usage: '[NAME]', kind: 'driver', min: 0, max: 1 },
  groups: [
    { title: 'Output', flags: [{ name: 'quiet', short: 'q', help: 'Print names only' }, JSON_FLAG] },
    DRIVER,
    COMMON,
  ],
}
