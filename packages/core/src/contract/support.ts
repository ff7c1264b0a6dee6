import type { DriverCapabilities, Support } from './capabilities.js'
import { VERB_FIELDS } from './fields.js'

const UNKNOWN: Support = { reason: 'the driver does not know this field' }

/** Whether a driver can do what a key names. A key that it does not list counts as not supported. */
export function supportOf(capabilities: DriverCapabilities, key: string): Support {
  const verb = VERB_FIELDS[key]
  if (verb !== undefined) return capabilities.verbs[verb] ?? { reason: `the driver has no "${verb}"` }
  return Object.hasOwn(capabilities.fields, key) ? (capabilities.fields[key] ?? UNKNOWN) : UNKNOWN
}
