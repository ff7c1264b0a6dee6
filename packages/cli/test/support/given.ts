import { parseCall } from '../../dist/args/parse.js'
import { ENTRY } from '../../dist/table/run.js'
import type { Call } from '../../dist/table/types.js'

/** What `execd run` understands of words. */
export function runCall(...words: string[]): Call {
  return parseCall('run', ENTRY, words)
}
