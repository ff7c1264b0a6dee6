import { COMMON } from './common.js'
import type { CommandEntry } from './types.js'

export const ENTRY: CommandEntry = {
  description: ['Prints the JSON Schema of what `execd run -f` reads, for editors and validators.'],
  operands: { usage: '', kind: 'text', min: 0, max: 0 },
  groups: [COMMON],
}
