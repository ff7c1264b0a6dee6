import { describe, expect, test } from '@jest/globals'
import { interfaceCheck, interfaceSupport } from '../../dist/network/support.js'
import { ROOT, USER } from '../isolation/support/inputs.js'

const CAP_NET_ADMIN = 1n << 12n

describe('who can have interfaces', () => {
  test('root can; root without CAP_NET_ADMIN and ordinary users are told why not', () => {
    expect(interfaceSupport(ROOT)).toBe(true)
    const weak = { ...ROOT, capabilities: ROOT.capabilities & ~CAP_NET_ADMIN }
    expect(interfaceSupport(weak)).toMatchObject({ reason: expect.stringMatching(/CAP_NET_ADMIN/) })
    expect(interfaceSupport(USER)).toMatchObject({
      reason: expect.stringMatching(/ordinary user/),
      hint: expect.stringMatching(/root/),
    })
  })

  test('the probe says the same, and nothing depends on it', () => {
    const base = { name: 'network-interfaces', required: false }
    // a kernel without lists of modules here: it may have all built in
    expect(interfaceCheck({ ...ROOT, kernel: '0.0.0-none' })).toMatchObject({ ...base, status: 'ok' })
    expect(interfaceCheck(USER)).toMatchObject({
      ...base,
      status: 'degraded',
      hint: expect.stringMatching(/root/),
    })
  })
})
