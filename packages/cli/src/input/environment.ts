import type { Given } from '../table/types.js'
import { UsageError } from '../usage-error.js'
import { readText } from './read-text.js'
import { pair, pairs } from './words.js'

/** The variables of --env-file and --env; later ones win, and those of --env win over those of files. */
export function environmentOf(given: Given, own: NodeJS.ProcessEnv): Record<string, string> {
  const files = given.texts('env-file').map((file) => parseEnvFile(file, readText('env-file', file), own))
  return Object.assign(
    {},
    ...files,
    pairs(given.texts('env'), (name) => own[name]),
  )
}

/** The form of `docker run --env-file`: lines of NAME=VALUE, of NAME alone for a variable of this environment, of comments. Pure. */
export function parseEnvFile(file: string, text: string, own: NodeJS.ProcessEnv): Record<string, string> {
  const lines = text.split(/\r?\n/)
  const wrong = lines.findIndex((line) => /^\s*=/.test(line) || /^\s*[^#\s=]+\s+[^=]*(=|$)/.test(line))
  if (wrong !== -1)
    throw new UsageError(`${file}:${wrong + 1}: wanted NAME=VALUE, got ${JSON.stringify(lines[wrong])}`)
  const words = lines.filter((line) => !/^\s*(#|$)/.test(line)).map((line) => line.trimStart())
  return pairs(words, (name) => own[pair(name)[0].trim()])
}
