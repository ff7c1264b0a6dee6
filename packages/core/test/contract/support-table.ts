import type { DriverCapabilities, Support } from '../../dist/contract/capabilities.js'
import { fieldKeys } from '../../dist/contract/field-keys.js'

/** Capabilities of a driver that can do everything but what is named. */
export function allBut(missing: Readonly<Record<string, Support>>): DriverCapabilities {
  const fields = Object.fromEntries(fieldKeys().map((key): [string, Support] => [key, true]))
  return { fields: { ...fields, ...missing }, verbs: { prestart: true } }
}
