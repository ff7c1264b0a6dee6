import { CAPABILITIES, ExecdError, type ProcessSpec } from '@execd/core/driver'
import type { HostFacts } from '../host/facts.js'

/**
 * Refuses capabilities that are asked for by name and that this process does not have itself. "ALL" means all there are. In a user
 * namespace of its own a container has every capability, over that namespace. Throws EXECD_PERMISSION.
 */
export function checkCapabilities(
  process: ProcessSpec,
  host: Pick<HostFacts, 'capabilities'>,
  userNamespace: boolean,
): void {
  if (userNamespace) return
  for (const list of ['add', 'ambient'] as const) {
    for (const name of process.capabilities[list]) {
      const number = CAPABILITIES.indexOf(name as (typeof CAPABILITIES)[number])
      if (number < 0 || ((host.capabilities >> BigInt(number)) & 1n) === 1n) continue
      throw new ExecdError('EXECD_PERMISSION', `${name} cannot be given: this process does not have it`, {
        hint: `leave it out, or run with ${name} (inside Docker: --cap-add ${name.slice(4)})`,
        details: { driver: 'native', path: `process.capabilities.${list}`, got: name },
      })
    }
  }
}
