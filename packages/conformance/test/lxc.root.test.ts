import { conformance, driverModule } from '@execd/conformance'
import { requires } from '@execd/test-support'
import { test as plain } from '@jest/globals'
import { groupsOfKit } from './support/leftovers.js'

const needs = requires('root', 'cgroups', 'busybox', 'lxc')

if (needs.skipped === undefined) {
  const driver = await driverModule('lxc', { from: import.meta.url })
  const leftovers = () => groupsOfKit('execd-lxc')
  await conformance({ test: (name, work, time) => plain(name, work, time), ...driver, leftovers })
} else {
  needs.test('the driver lxc passes the kit as root', () => {})
}
