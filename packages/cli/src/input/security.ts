import { readFileSync } from 'node:fs'
import type { Given } from '../table/types.js'
import { UsageError } from '../usage-error.js'
import { compact } from './compact.js'
import { pair } from './words.js'

/** What --security-opt sets, in the command and in its process. */
export interface SecurityParts {
  readonly command: object
  readonly process: object
}

const HINT =
  'it takes seccomp=FILE|unconfined|default, apparmor=PROFILE, selinux=CONTEXT, no-new-privileges[=false] and systempaths=unconfined'

/** The parts of --security-opt, --cap-add and --cap-drop. */
export function securityOf(given: Given): SecurityParts {
  const parts = given.texts('security-opt').map(option)
  const capabilities = compact({ add: given.texts('cap-add'), drop: given.texts('cap-drop') })
  return {
    command: Object.assign({}, ...parts.map(({ command }) => command)),
    process: Object.assign({ capabilities }, ...parts.map(({ process }) => process)),
  }
}

function option(text: string): SecurityParts {
  // Docker takes a colon too.
  const [name, value] = pair(text.replace(/^([a-z-]+):/, '$1='))
  if (name === 'no-new-privileges' && (value === undefined || value === 'true' || value === 'false'))
    return { command: {}, process: { noNewPrivileges: value !== 'false' } }
  if (name === 'systempaths' && value === 'unconfined')
    return { command: { maskedPaths: [], readonlyPaths: [] }, process: {} }
  if (value === undefined || value === '') throw wrong(text)
  if (name === 'seccomp') return { command: { seccomp: profile(value) }, process: {} }
  if (name === 'apparmor') return { command: {}, process: { apparmorProfile: value } }
  if (name === 'selinux') return { command: {}, process: { selinuxLabel: value } }
  throw wrong(text)
}

function profile(value: string): unknown {
  if (value === 'unconfined' || value === 'default') return value
  try {
    return JSON.parse(readFileSync(value, 'utf8'))
  } catch (error) {
    if (error instanceof SyntaxError)
      throw new UsageError(`--security-opt seccomp: ${value} is no JSON: ${error.message}`)
    throw error
  }
}

function wrong(text: string): UsageError {
  return new UsageError(`--security-opt: ${JSON.stringify(text)} is none of its options`, null, HINT)
}
