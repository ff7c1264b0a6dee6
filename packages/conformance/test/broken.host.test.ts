import { readdirSync } from 'node:fs'
import { type CaseResult, type KitOptions, type RunnerOptions, runConformance } from '@execd/conformance'
import { requires } from '@execd/test-support'
import { describe, expect } from '@jest/globals'
import type { Broken } from './broken/broken.js'
import { chosen } from './broken/chosen.js'
import { BROKEN } from './broken/index.js'
import { scratch } from './support/scratch.js'

const { test } = requires('busybox', 'userns')
const TIME = 5000
const PLUGIN = new URL('./support/fake-plugin.js', import.meta.url)
/** Runs every case over every broken driver: for those who add one. */
const WHOLE = process.env.EXECD_TEST_WHOLE === '1'

describe('a driver that', () => {
  BROKEN.forEach((broken, place) => {
    const { fault, fails, alone = false } = broken
    test(`${fault} fails the cases about that and no others`, async () => {
      expect(fails.length).toBeGreaterThan(0)
      const options = optionsFor(broken)
      const run = (more: Partial<RunnerOptions>): Promise<CaseResult[]> => failures({ ...options, ...more })
      const only = WHOLE ? {} : { only: chosen(fails, place, options) }
      const failed = await run({ parallel: alone ? 1 : 4, ...only })
      for (const { reason } of failed) expect(reason).toEqual(expect.any(String))
      expect(await withoutLate(failed, fails, run)).toEqual(fails)
    }, 180_000)
  })
})

function optionsFor({ create, keeps = false }: Broken): KitOptions {
  const state = scratch()
  const options = { createDriver: () => create(state), timeoutMs: TIME }
  if (keeps) return { ...options, module: PLUGIN, moduleOptions: { state } }
  return { ...options, leftovers: () => readdirSync(state) }
}

async function failures(options: RunnerOptions): Promise<CaseResult[]> {
  const { results } = await runConformance(options)
  return results.filter(({ status }) => status === 'failed')
}

/** Ids of what failed, but for cases that nobody expected to and that pass on their own with more time: a busy machine is no fault. */
async function withoutLate(
  failed: readonly CaseResult[],
  fails: Broken['fails'],
  run: (more: Partial<RunnerOptions>) => Promise<CaseResult[]>,
): Promise<string[]> {
  const expected = new Set<string>(fails)
  const ids = failed.map(({ id }) => id)
  const unexpected = ids.filter((id) => !expected.has(id)) as Broken['fails']
  if (unexpected.length === 0) return ids
  const again = await run({ only: unexpected, timeoutMs: 4 * TIME })
  const still = new Set(again.map(({ id }) => id))
  return ids.filter((id) => expected.has(id) || still.has(id))
}
