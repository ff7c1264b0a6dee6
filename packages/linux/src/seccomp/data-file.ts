import { readFileSync } from 'node:fs'
import { ExecdError } from '@execd/core/driver'

/**
 * A JSON file of this package's data.
 *
 * @throws ExecdError EXECD_HELPER_MISSING where it is not beside this module, as in an application that was bundled with it
 */
export function readData(name: string): unknown {
  let text: string
  try {
    text = readFileSync(new URL(`../../data/${name}`, import.meta.url), 'utf8')
  } catch (cause) {
    throw new ExecdError('EXECD_HELPER_MISSING', `data/${name} of @execd/linux is not where it should be`, {
      hint: 'in an application bundled into one file keep the driver external (such as --external:@execd/native) and install it where the bundle is; otherwise install @execd/linux again',
      details: { package: '@execd/linux', file: `data/${name}` },
      cause,
    })
  }
  return JSON.parse(text)
}
