import { ExecdError } from '@execd/core/driver'

/** What to do about parts of the driver that are not beside it because it was bundled. */
export const WHEN_BUNDLED =
  'in an application bundled into one file keep @execd/native external (--external:@execd/native) and install it where the bundle is'

/**
 * What loads the foreign function interface.
 *
 * @throws ExecdError EXECD_HELPER_MISSING where that, or its addon for this machine, is not installed where the driver is
 */
export function orMissing<T>(load: () => T): T {
  try {
    return load()
  } catch (cause) {
    throw new ExecdError(
      'EXECD_HELPER_MISSING',
      'koffi, which makes system calls for the driver, cannot be loaded',
      {
        hint: `npm install @execd/native brings it, with an addon for this machine; ${WHEN_BUNDLED}`,
        details: { driver: 'native', package: 'koffi' },
        cause,
      },
    )
  }
}
