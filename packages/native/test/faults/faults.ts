import { clockSteps, diskFull, groupsRemoved, rootfsVanishes } from './host-faults.js'
import { helperKilled, noDescriptors, nodeKilled, noPids } from './node-faults.js'
import type { World } from './world.js'

/** One fault; throws where the driver does not bear it. */
export type Fault = (world: World) => Promise<void>

/** What can go wrong, in words. After each of them nothing may be left, and the next container must run. */
export const FAULTS: ReadonlyArray<readonly [name: string, fault: Fault]> = [
  ['Node is killed at a random point', nodeKilled],
  ['a helper is killed at a random point', helperKilled],
  ['cgroups are removed under a container', groupsRemoved],
  ['the disk is full', diskFull],
  ['no descriptors are left', noDescriptors],
  ['no process can be made', noPids],
  ['the root file system vanishes', rootfsVanishes],
  // the guest of `npm run test:v2` has a clock of its own
  ...(process.env.EXECD_GUEST === '1' ? ([['the clock steps', clockSteps]] as const) : []),
]

/** A fault, then a look at what is left, then the next container. */
export async function bear(world: World, fault: Fault): Promise<void> {
  await fault(world)
  await world.expectNothingLeft()
  await world.expectNextRuns()
}
