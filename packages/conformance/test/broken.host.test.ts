import { runConformance } from '@execd/conformance'
import { requires } from '@execd/test-support'
import { describe, expect } from '@jest/globals'
import { BROKEN } from './broken/index.js'
import { scratch } from './support/scratch.js'

const { test } = requires('busybox', 'userns')
const TIME = 5000
const PLUGIN = new URL('./support/fake-plugin.js', import.meta.url)

describe('a driver that', () => {
  for (const { fault, create, fails, alone = false, keeps = false } of BROKEN) {
    test(`${fault} fails the cases about that and no others`, async () => {
      expect(fails.length).toBeGreaterThan(0)
      const state = scratch()
      const { results } = await runConformance({
        createDriver: () => create(state),
        ...(keeps ? { module: PLUGIN, moduleOptions: { state } } : {}),
        timeoutMs: TIME,
        parallel: alone ? 1 : 4,
      })
      const failed = results.filter(({ status }) => status === 'failed')
      expect(failed.map(({ id }) => id)).toEqual(fails)
      for (const { reason } of failed) expect(reason).toEqual(expect.any(String))
    }, 90_000)
  }
})
