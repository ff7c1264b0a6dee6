import type { Command } from '@execd/core/driver'
import type { Ignored } from './ignored.js'

const resources =
  (changes: Partial<Command['resources']>) =>
  (command: Command): Command => ({
    ...command,
    resources: { ...command.resources, ...changes },
  })
const NO_MEMORY = { limit: null, reservation: null, swap: null, swappiness: null, disableOOMKiller: false }
const NO_CPU = { shares: null, quota: null, period: null, cpusetCpus: null, cpusetMems: null }

/** Limits of the driver over namespaces, each ignored. */
export const IGNORED_LIMITS: readonly Ignored[] = [
  {
    field: 'resources.pids.limit',
    without: resources({ pids: { limit: null } }),
    groups: ['limits'],
    fails: ['limits.pids'],
  },
  {
    field: 'resources.memory.limit',
    without: resources({ memory: NO_MEMORY }),
    groups: ['limits', 'stats'],
    fails: [
      'limits.memory',
      'limits.memory-child',
      'limits.reservation',
      'limits.swap',
      'limits.swappiness',
      'limits.disableOOMKiller',
      'stats.usage',
    ],
  },
  {
    field: 'most of resources.memory.limit',
    without: (command) => {
      const { memory } = command.resources
      const limit = memory.limit === null ? null : memory.limit / 8
      return resources({ memory: { ...memory, limit, reservation: null } })(command)
    },
    groups: ['limits'],
    fails: ['limits.memory-enough', 'limits.reservation'],
  },
  {
    field: 'resources.cpu',
    without: resources({ cpu: NO_CPU }),
    groups: ['limits'],
    fails: ['limits.cpu', 'limits.cpuset', 'limits.shares'],
  },
  {
    field: 'resources.blockIO',
    without: resources({
      blockIO: {
        weight: null,
        weightDevice: [],
        throttleReadBpsDevice: [],
        throttleWriteBpsDevice: [],
        throttleReadIOPSDevice: [],
        throttleWriteIOPSDevice: [],
      },
    }),
    groups: ['limits'],
    fails: [
      'limits.weight',
      'limits.throttleReadBpsDevice',
      'limits.throttleWriteBpsDevice',
      'limits.throttleReadIOPSDevice',
      'limits.throttleWriteIOPSDevice',
    ],
  },
  {
    field: 'cgroupParent',
    without: (command) => ({ ...command, cgroupParent: null }),
    groups: ['limits'],
    fails: ['limits.cgroup-parent'],
  },
  {
    field: 'resources of an exec',
    without: (command) => command,
    exec: (options) => ({ ...options, resources: null }),
    groups: ['exec'],
    fails: ['exec.memory', 'exec.pids'],
  },
]
