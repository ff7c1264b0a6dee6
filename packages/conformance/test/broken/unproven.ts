import type { Case } from '@execd/conformance'

/** Cases that no broken driver fails, and why there can be none. */
export const UNPROVEN: Readonly<Partial<Record<Case['id'], string>>> = {
  'lifecycle.events': 'core tells of events, in their order, over any driver that runs something at all',
  'exit.wait': 'core keeps the verdict of what has ended',
  'update.ended': 'core refuses what has ended before the driver is asked',
  'refusals.rotate': 'core refuses it before the driver is asked',
  'refusals.execResources': 'core refuses it before the driver is asked',
  'refusals.detach': 'core refuses it before the driver is asked',
  'refusals.prestart': 'core refuses it before the driver is asked',
  'limits.cpusetMems': 'most hosts have one memory node: without the field it is the same one',
  'limits.unified':
    'hosts with cgroup v1 have no such files, and the tests of broken drivers pass on them too',
}
