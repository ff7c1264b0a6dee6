import type { ProbeCheck, ProbeReport, Runtime } from '@execd/core'
import { withRuntime } from '../drivers/open.js'
import { describeError } from '../output/describe-error.js'
import type { Given } from '../table/types.js'

/** How long a container that does nothing may take on a host that is very busy. */
const TRIAL_TIMEOUT = '30s'
const NOTHING_KNOWN = { entry: null, given: null }

/** What was found out about one driver. */
export interface Finding {
  readonly driver: string
  /** Whether containers can be run: no required check is missing, and the trial did not fail. */
  readonly usable: boolean
  readonly checks: readonly ProbeCheck[]
  readonly facts: ProbeReport['facts']
}

/** Asks a driver what it has here, and lets it run a container. */
export async function examine(given: Given, driver: string, tryRun: boolean): Promise<Finding> {
  try {
    return await withRuntime(given, (runtime) => probeAndTry(runtime, driver, tryRun), driver)
  } catch (error) {
    const check = { name: 'driver', required: true, status: 'missing', ...problemOf(error) } as const
    return { driver, usable: false, checks: [check], facts: {} }
  }
}

async function probeAndTry(runtime: Runtime, driver: string, tryRun: boolean): Promise<Finding> {
  const { usable, checks, facts } = await runtime.probe()
  if (!usable || !tryRun) return { driver, usable, checks, facts }
  const trial = await tryContainer(runtime)
  return { driver, usable: trial.status !== 'missing', checks: [...checks, trial], facts }
}

/** Root file systems that need nothing but the host's own files, by the key of the capability; the first one that the driver has is used. */
const ROOTS = {
  'rootfs.type=host': { type: 'host' as const },
  'rootfs.type=overlay': { type: 'overlay' as const, lower: '/' },
}

async function tryContainer(runtime: Runtime): Promise<ProbeCheck> {
  const base = { name: 'container', required: true }
  const { fields } = await runtime.capabilities()
  const [, rootfs] = Object.entries(ROOTS).find(([key]) => fields[key] === true) ?? []
  if (rootfs === undefined) {
    const reason = "not tried: the driver has no root file system of the host's own files"
    return { ...base, required: false, status: 'ok', reason }
  }
  try {
    const command = { rootfs, process: { args: ['true'] } }
    const { ok, reason, usage } = await runtime.run(command, { timeout: TRIAL_TIMEOUT })
    if (ok) return { ...base, status: 'ok', reason: `one was run in ${Math.round(usage.wall)} ms` }
    return { ...base, status: 'missing', reason: `one that does nothing ended badly: ${reason}` }
  } catch (error) {
    return { ...base, status: 'missing', ...problemOf(error) }
  }
}

function problemOf(error: unknown): { reason: string; hint?: string } {
  const { message, hint } = describeError(error, NOTHING_KNOWN)
  return { reason: message, ...(hint === null ? {} : { hint }) }
}
