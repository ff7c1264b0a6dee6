import { resolveResources } from '@execd/core/driver'
import { describe, expect, test } from '@jest/globals'
import { cpusetFills } from '../../dist/cgroup/limits/cpuset.js'
import { deviceRules } from '../../dist/cgroup/limits/device-rules.js'
import { limitsFor } from '../../dist/cgroup/limits/limits.js'
import { cpuWeight, ioWeight } from '../../dist/cgroup/limits/limits-v2.js'
import type { CgroupFacts, CgroupPlace } from '../../dist/cgroup/types.js'

const MIB = 1024 ** 2
const V1_CONTROLLERS = ['memory', 'pids', 'cpu', 'cpuset', 'blkio', 'devices']
const v1: CgroupPlace = {
  version: 1,
  parents: [{ controllers: V1_CONTROLLERS, top: '/v1', names: ['execd'] }],
  unavailable: {},
}
const v2: CgroupPlace = {
  version: 2,
  parents: [{ controllers: ['memory', 'pids', 'cpu', 'cpuset', 'io'], top: '/v2', names: ['execd'] }],
  unavailable: { hugetlb: { reason: 'not passed on', hint: 'pass it on' } },
}
const facts = (...files: string[]): CgroupFacts => ({
  files: new Set(files),
  swapAreas: false,
  hierarchical: true,
})
const SWAP_V1 = [
  'memory.limit_in_bytes',
  'memory.memsw.limit_in_bytes',
  'memory.soft_limit_in_bytes',
  'memory.swappiness',
  'memory.oom_control',
  'memory.use_hierarchy',
]
const SWAP_V2 = ['memory.max', 'memory.low', 'memory.swap.max', 'memory.high']

function limits(
  place: CgroupPlace,
  input: object,
  known: CgroupFacts,
  wishes: Parameters<typeof deviceRules>[0] | null = null,
) {
  const devices = wishes === null ? null : deviceRules(wishes)
  const { writes, unsupported } = limitsFor(place, {
    resources: resolveResources(input),
    devices,
    facts: known,
  })
  return {
    lines: writes.map(({ file, data }) => `${file} ${data}`),
    unsupported: unsupported.map(({ field }) => field),
    writes,
  }
}

describe('memory on v1', () => {
  const memory = (wish: object, known = facts(...SWAP_V1)) => limits(v1, { memory: wish }, known)
  test.each([
    [{ limit: 8 * MIB }, ['memory.limit_in_bytes 8388608', 'memory.memsw.limit_in_bytes 8388608']],
    [
      { limit: 8 * MIB, swap: 9 * MIB },
      ['memory.limit_in_bytes 8388608', 'memory.memsw.limit_in_bytes 9437184'],
    ],
    [{ limit: 8 * MIB, swap: -1 }, ['memory.limit_in_bytes 8388608', 'memory.memsw.limit_in_bytes -1']],
    [{ reservation: 4096 }, ['memory.soft_limit_in_bytes 4096']],
    [{ swappiness: 0 }, ['memory.swappiness 0']],
    [
      { limit: 8 * MIB, disableOOMKiller: true },
      ['memory.limit_in_bytes 8388608', 'memory.memsw.limit_in_bytes 8388608', 'memory.oom_control 1'],
    ],
    [{}, []],
  ])('%j', (wish, lines) => expect(memory(wish)).toMatchObject({ lines, unsupported: [] }))

  test('without swap accounting and without swap: kept out of swap for the future', () => {
    const known = facts('memory.limit_in_bytes', 'memory.swappiness')
    expect(memory({ limit: 8 * MIB }, known).lines).toEqual([
      'memory.limit_in_bytes 8388608',
      'memory.swappiness 0',
    ])
    expect(memory({ limit: 8 * MIB, swap: -1 }, known).lines).toEqual(['memory.limit_in_bytes 8388608'])
    expect(memory({ limit: 8 * MIB, swap: 9 * MIB }, known).unsupported).toEqual(['resources.memory.swap'])
  })

  test('without swap accounting and with swap: refused', () => {
    const known = { ...facts('memory.limit_in_bytes', 'memory.swappiness'), swapAreas: true }
    expect(memory({ limit: 8 * MIB }, known).unsupported).toEqual(['resources.memory.limit'])
    expect(memory({ limit: 8 * MIB, swap: -1 }, known).unsupported).toEqual([])
  })

  test('before 5.11 the hierarchy is switched on first', () => {
    expect(memory({ limit: 8 * MIB }, { ...facts(...SWAP_V1), hierarchical: false }).lines[0]).toBe(
      'memory.use_hierarchy 1',
    )
  })
})

describe('the rest on v1', () => {
  test('cpu, cpuset, pids and block I/O', () => {
    const device = { major: 8, minor: 0 }
    const { lines } = limits(
      v1,
      {
        cpu: { shares: 512, quota: 20_000, period: 50_000, cpusetCpus: '0-1', cpusetMems: '0' },
        pids: { limit: -1 },
        blockIO: {
          weight: 300,
          weightDevice: [{ ...device, weight: 20 }],
          throttleReadBpsDevice: [{ ...device, rate: '1k' }],
          throttleWriteBpsDevice: [{ ...device, rate: 2 }],
          throttleReadIOPSDevice: [{ ...device, rate: 3 }],
          throttleWriteIOPSDevice: [{ ...device, rate: 4 }],
        },
      },
      facts(),
    )
    expect(lines).toEqual([
      'cpu.shares 512',
      'cpu.cfs_period_us 50000',
      'cpu.cfs_quota_us 20000',
      'cpuset.cpus 0-1',
      'cpuset.mems 0',
      'pids.max max',
      'blkio.weight 300',
      'blkio.weight_device 8:0 20',
      'blkio.throttle.read_bps_device 8:0 1024',
      'blkio.throttle.write_bps_device 8:0 2',
      'blkio.throttle.read_iops_device 8:0 3',
      'blkio.throttle.write_iops_device 8:0 4',
    ])
  })

  test('weights go to bfq where it is, and are refused where there is no file for them', () => {
    expect(limits(v1, { blockIO: { weight: 10 } }, facts('blkio.bfq.weight')).lines).toEqual([
      'blkio.bfq.weight 10',
    ])
    expect(limits(v1, { blockIO: { weight: 10 } }, facts('blkio.reset_stats')).unsupported).toEqual([
      'resources.blockIO.weight',
    ])
  })

  test('devices: deny all, then allow', () => {
    const { lines } = limits(v1, {}, facts(), [{ type: 'c', major: 10, minor: 200, access: 'rw' }])
    expect(lines[0]).toBe('devices.deny a')
    expect(lines).toContain('devices.allow c *:* m')
    expect(lines).toContain('devices.allow c 136:* rwm')
    expect(lines.at(-1)).toBe('devices.allow c 10:200 rw')
  })

  test('unified is refused', () => {
    expect(limits(v1, { unified: { 'memory.high': '1' } }, facts()).unsupported).toEqual([
      'resources.unified',
    ])
  })
})

describe('v2', () => {
  const on2 = (input: object, known = facts(...SWAP_V2)) => limits(v2, input, known)
  test.each([
    [{ memory: { limit: 8 * MIB } }, ['memory.swap.max 0', 'memory.max 8388608']],
    [{ memory: { limit: 8 * MIB, swap: 9 * MIB } }, ['memory.swap.max 1048576', 'memory.max 8388608']],
    [
      { memory: { limit: 8 * MIB, swap: -1, reservation: 4096 } },
      ['memory.swap.max max', 'memory.max 8388608', 'memory.low 4096'],
    ],
    [{ cpu: { shares: 1024 } }, ['cpu.weight 39']],
    [{ cpu: { cpus: 0.5 } }, ['cpu.max 50000', 'cpu.max 50000 100000']],
    [{ cpu: { quota: 5000 } }, ['cpu.max 5000']],
    [{ cpu: { period: 5000 } }, ['cpu.max max 5000']],
    [{ cpu: { cpusetCpus: '1', cpusetMems: '0' } }, ['cpuset.cpus 1', 'cpuset.mems 0']],
    [{ pids: { limit: 7 } }, ['pids.max 7']],
    [{ blockIO: { weight: 1000 } }, ['io.weight 10000']],
    [{ blockIO: { throttleReadBpsDevice: [{ major: 8, minor: 16, rate: 5 }] } }, ['io.max 8:16 rbps=5']],
    [{ pids: { limit: 7 }, unified: { 'memory.high': '12' } }, ['pids.max 7', 'memory.high 12']],
  ])('%j', (input, lines) => expect(on2(input)).toMatchObject({ lines, unsupported: [] }))

  test('bfq takes weights as they are', () => {
    expect(on2({ blockIO: { weight: 30 } }, facts('io.bfq.weight')).lines).toEqual(['io.bfq.weight 30'])
  })

  test('what v2 does not have is refused with its reason', () => {
    const wish = {
      memory: { limit: 8 * MIB, swappiness: 3, disableOOMKiller: true },
      unified: { 'hugetlb.2MB.max': '0', 'misc.max': 'x 1' },
    }
    expect(on2(wish).unsupported).toEqual([
      'resources.memory.swappiness',
      'resources.memory.disableOOMKiller',
      'resources.unified',
      'resources.unified',
    ])
  })

  test('no swap file and swap in use: refused', () => {
    const known = { ...facts('memory.max'), swapAreas: true }
    expect(on2({ memory: { limit: 8 * MIB } }, known).unsupported).toEqual(['resources.memory.limit'])
    expect(on2({ memory: { limit: 8 * MIB } }, facts('memory.max')).unsupported).toEqual([])
  })

  test('conversions of weights', () => {
    expect([2, 1024, 262144].map(cpuWeight)).toEqual([1, 39, 10000])
    expect([10, 100, 1000].map(ioWeight)).toEqual([1, 910, 10000])
  })
})

describe('a v1 cpuset', () => {
  test('empty groups of the chain get what is above, the own group what is not said', () => {
    const chain = [
      { dir: '/c', cpus: '0-3', mems: '0' },
      { dir: '/c/a', cpus: '0-1', mems: '' },
      { dir: '/c/a/b', cpus: '', mems: '' },
    ]
    const { writes } = limits(v1, { cpu: { cpusetCpus: '1' } }, facts())
    const fills = cpusetFills(chain, writes)
    expect(fills.parents).toEqual([
      { dir: '/c/a/b', file: 'cpuset.cpus', data: '0-1' },
      { dir: '/c/a', file: 'cpuset.mems', data: '0' },
      { dir: '/c/a/b', file: 'cpuset.mems', data: '0' },
    ])
    expect(fills.own).toEqual([
      { controller: 'cpuset', file: 'cpuset.mems', data: '0', field: 'resources.cpu' },
    ])
  })
})
