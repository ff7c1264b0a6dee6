import { driverModule, runConformance } from '@execd/conformance'
import { requires } from '@execd/test-support'
import { describe, expect } from '@jest/globals'
import { IGNORED, ignoring } from './broken/ignoring.js'

const { test } = requires('root', 'cgroups', 'busybox')

describe('the driver native, made to ignore', () => {
  for (const { field, without, exec, groups, fails } of IGNORED) {
    test(`${field}, fails the cases about that and no others of ${groups.join(' and ')}`, async () => {
      expect(fails.length).toBeGreaterThan(0)
      const { createDriver } = await driverModule('native', { from: import.meta.url })
      const { results } = await runConformance({
        createDriver: async () => ignoring(await createDriver(), { without, exec }),
        only: groups,
        timeoutMs: 6000,
        parallel: 3,
      })
      expect(results.filter(({ status }) => status === 'failed').map(({ id }) => id)).toEqual(fails)
    }, 60_000)
  }
})
