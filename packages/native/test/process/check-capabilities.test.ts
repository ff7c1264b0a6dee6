import { CAPABILITIES, resolveProcess } from '@execd/core/driver'
import { describe, expect, test } from '@jest/globals'
import { checkCapabilities } from '../../dist/process/check-capabilities.js'
import { ROOT } from '../isolation/support/inputs.js'

const NET_RAW = 1n << 13n
const DOCKER = 0xa80425fbn

const check =
  (capabilities: object, has: bigint, userNamespace = false) =>
  () =>
    checkCapabilities(
      resolveProcess({ args: ['true'], capabilities }),
      { ...ROOT, capabilities: has },
      userNamespace,
    )

describe('checkCapabilities', () => {
  test('a capability that this process has can be given', () => {
    expect(check({ add: ['NET_RAW'], ambient: ['NET_RAW'] }, NET_RAW)).not.toThrow()
    for (const name of CAPABILITIES) expect(check({ add: [name] }, (1n << 41n) - 1n)).not.toThrow()
  })

  test.each([...CAPABILITIES])('%s is refused when it is the one that is missing', (name) => {
    const has = ((1n << 41n) - 1n) & ~(1n << BigInt(CAPABILITIES.indexOf(name)))
    expect(check({ add: [name] }, has)).toThrow(
      expect.objectContaining({
        code: 'EXECD_PERMISSION',
        message: `${name} cannot be given: this process does not have it`,
        hint: expect.stringContaining(`--cap-add ${name.slice(4)})`),
        details: { driver: 'native', path: 'process.capabilities.add', got: name },
      }),
    )
  })

  test('the default set is not asked for by name, nor is ALL', () => {
    expect(check({}, 0n)).not.toThrow()
    expect(check({ add: ['ALL'] }, 0n)).not.toThrow()
    expect(check({ add: ['ALL', 'SYS_ADMIN'] }, DOCKER)).toThrow(/CAP_SYS_ADMIN/)
  })

  test('an ambient one is asked for by name, and named by its field', () => {
    expect(check({ ambient: ['NET_RAW'] }, 0n)).toThrow(
      expect.objectContaining({
        code: 'EXECD_PERMISSION',
        details: expect.objectContaining({ path: 'process.capabilities.ambient', got: 'CAP_NET_RAW' }),
      }),
    )
  })

  test('in a user namespace of its own a container has them all', () => {
    expect(check({ add: ['SYS_ADMIN'], ambient: ['SYS_ADMIN'] }, 0n, true)).not.toThrow()
  })
})
