import { resolveResources } from '@execd/core/driver'
import type { CgroupFacts, CgroupPlace, UnsupportedField } from '../types.js'
import { limitsFor } from './limits.js'

/** Every limit at once: what the host cannot do of them is what it cannot do at all. */
const EVERY_LIMIT = resolveResources({
  memory: { limit: '64MiB', reservation: '32MiB', swap: '128MiB', swappiness: 10, disableOOMKiller: true },
  cpu: { shares: 512, quota: 50_000, period: 100_000, cpusetCpus: '0', cpusetMems: '0' },
  pids: { limit: 10 },
  blockIO: {
    weight: 100,
    weightDevice: [{ major: 8, minor: 0, weight: 100 }],
    throttleReadBpsDevice: [{ major: 8, minor: 0, rate: 1_000_000 }],
    throttleWriteBpsDevice: [{ major: 8, minor: 0, rate: 1_000_000 }],
    throttleReadIOPSDevice: [{ major: 8, minor: 0, rate: 1000 }],
    throttleWriteIOPSDevice: [{ major: 8, minor: 0, rate: 1000 }],
  },
  unified: { 'memory.high': '64000000' },
})

/** The limits that cannot be enforced at a place, whatever their value. Pure. */
export function unsupportedLimits(place: CgroupPlace, facts: CgroupFacts): readonly UnsupportedField[] {
  return limitsFor(place, { resources: EVERY_LIMIT, devices: null, facts }).unsupported
}
