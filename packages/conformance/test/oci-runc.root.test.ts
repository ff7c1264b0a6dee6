import { conformance, driverModule } from '@execd/conformance'
import { requires } from '@execd/test-support'
import { test as plain } from '@jest/globals'
import { groupsOfKit } from './support/leftovers.js'

const needs = requires('root', 'cgroups', 'busybox', 'runc')

if (needs.skipped === undefined) {
  const driverOptions = { runtime: 'runc', cgroupParent: '/execd-kit-runc' }
  const driver = await driverModule('oci', { from: import.meta.url, driverOptions })
  const leftovers = () => groupsOfKit('execd-kit-runc')
  await conformance({ test: (name, work, time) => plain(name, work, time), ...driver, leftovers })
} else {
  needs.test('the driver oci passes the kit as root with runc', () => {})
}
