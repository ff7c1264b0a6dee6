import { conformance, driverModule } from '@execd/conformance'
import { requires } from '@execd/test-support'
import { test as plain } from '@jest/globals'
import { groupsOfKit } from './support/leftovers.js'

const needs = requires('root', 'cgroups', 'busybox')

if (needs.skipped === undefined) {
  const driver = await driverModule('native', { from: import.meta.url })
  const leftovers = () => groupsOfKit('execd')
  await conformance({ test: (name, work, time) => plain(name, work, time), ...driver, leftovers })
} else {
  needs.test('the driver native passes the kit as root', () => {})
}
