import type { DriverCapabilities } from '@execd/core'
import type { Case } from './case.js'
import { allCases } from './cases/index.js'
import type { Ground } from './make-context.js'
import type { KitOptions } from './options.js'
import { type Plan, planCases } from './plan.js'
import { refusalCases } from './refusals/refusal-cases.js'
import { buildRootfs } from './rootfs/build.js'

/** A run of the kit that is ready to go. */
export interface Prepared extends Plan {
  readonly driver: string
  readonly ground: Ground
  /** Removes what the kit made for itself. */
  remove(): void
}

/** Asks the driver what it can do, finds or builds the root file system, and decides what runs. */
export async function prepare(options: KitOptions): Promise<Prepared> {
  const { name, capabilities } = await ask(options)
  const cases: readonly Case[] = [...allCases(options), ...refusalCases(capabilities)]
  // Before anything is made: it throws for a choice that names nothing.
  const plan = planCases(cases, capabilities, options.only)
  const { rootfs } = options
  const built = rootfs === undefined ? buildRootfs() : undefined
  const path = built?.path ?? (typeof rootfs === 'function' ? await rootfs() : (rootfs ?? ''))
  return {
    driver: name,
    ground: { options, capabilities, rootfs: path },
    ...plan,
    remove: () => built?.remove(),
  }
}

async function ask(options: KitOptions): Promise<{ name: string; capabilities: DriverCapabilities }> {
  const driver = await options.createDriver()
  try {
    return { name: driver.name, capabilities: await driver.capabilities() }
  } finally {
    await driver[Symbol.asyncDispose]()
  }
}
