import { driverModule, runConformance } from '@execd/conformance'
import { requires } from '@execd/test-support'
import { describe, expect } from '@jest/globals'
import { IGNORED, ignoring } from './broken/ignoring.js'

const { test } = requires('root', 'cgroups', 'busybox')

describe('the driver native, made to ignore', () => {
  for (const { field, groups, fails, ...changes } of IGNORED) {
    test(`${field}, fails the cases about that and no others of ${groups.join(' and ')}`, async () => {
      const { createDriver } = await driverModule('native', { from: import.meta.url })
      const { results } = await runConformance({
        createDriver: async () => ignoring(await createDriver(), changes),
        only: groups,
        timeoutMs: 6000,
        parallel: 3,
      })
      const skipped = results.filter(({ status }) => status === 'skipped').map(({ id }) => id)
      const concerned = fails.filter((id) => !skipped.includes(id))
      expect(concerned.length).toBeGreaterThan(0)
      expect(results.filter(({ status }) => status === 'failed').map(({ id }) => id)).toEqual(concerned)
    }, 60_000)
  }
})
