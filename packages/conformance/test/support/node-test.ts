import test from 'node:test'
import { conformance } from '@execd/conformance'
import { FakeDriver } from '@execd/conformance/fake'

await conformance({ test, createDriver: () => new FakeDriver(), only: ['manifest', 'process'] })
