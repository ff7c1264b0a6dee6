import { conformance, driverModule } from '@execd/conformance'
import { requires } from '@execd/test-support'
import { test as plain } from '@jest/globals'
import { groupsOfKit } from './support/leftovers.js'

const needs = requires('root', 'cgroups', 'busybox', 'crun')

if (needs.skipped === undefined) {
  const driverOptions = { runtime: 'crun', cgroupParent: '/execd-kit-crun' }
  const driver = await driverModule('oci', { from: import.meta.url, driverOptions })
  const leftovers = () => groupsOfKit('execd-kit-crun')
  await conformance({ test: (name, work, time) => plain(name, work, time), ...driver, leftovers })
} else {
  needs.test('the driver oci passes the kit as root with crun', () => {})
}
