import { type CaseResult, groupOf, type RunnerOptions, runConformance } from '@execd/conformance'
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
      const run = (more: Partial<RunnerOptions>): Promise<CaseResult[]> =>
        failures({
          createDriver: () => create(state),
          ...(keeps ? { module: PLUGIN, moduleOptions: { state } } : {}),
          timeoutMs: TIME,
          ...more,
        })
      const failed = await run({ parallel: alone ? 1 : 4 })
      for (const { reason } of failed) expect(reason).toEqual(expect.any(String))
      expect(await withoutLate(failed, fails, run)).toEqual(fails)
    }, 180_000)
  }
})

async function failures(options: RunnerOptions): Promise<CaseResult[]> {
  const { results } = await runConformance(options)
  return results.filter(({ status }) => status === 'failed')
}

/** Ids of what failed, but for cases that nobody expected to and that pass on their own with more time: a busy machine is no fault. */
async function withoutLate(
  failed: readonly CaseResult[],
  fails: readonly string[],
  run: (more: Partial<RunnerOptions>) => Promise<CaseResult[]>,
): Promise<string[]> {
  const ids = failed.map(({ id }) => id)
  const unexpected = ids.filter((id) => !fails.includes(id))
  if (unexpected.length === 0) return ids
  const again = await run({ only: [...new Set(unexpected.map(groupOf))], timeoutMs: 4 * TIME })
  const still = again.map(({ id }) => id)
  return ids.filter((id) => fails.includes(id) || still.includes(id))
}
