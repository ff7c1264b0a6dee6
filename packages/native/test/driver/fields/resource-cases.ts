import { rmdirSync } from 'node:fs'
import { expect } from '@jest/globals'
import { groupsBelow, parentFolders, readOrNull } from '../support/host-state.js'
import type { Part } from '../support/suite.js'
import { type FieldCase, type FieldCases, isV1, limitOf, shows, whileRunning } from './field-case.js'
import { blockDevice } from './storage-cases.js'

const MIB = 1024 ** 2
const [major, minor] = blockDevice()

function usesBfq(deviceMajor: number, deviceMinor: number): boolean {
  return /\[bfq\]/.test(readOrNull(`/sys/dev/block/${deviceMajor}:${deviceMinor}/queue/scheduler`) ?? '')
}

type Resources = NonNullable<Part['resources']>

/** A limit as the kernel has it: file of a v1 controller, or of v2, each with what must be in it. */
function limit(
  resources: Resources,
  controller: string,
  v1: readonly [file: string, text: string | RegExp],
  v2: readonly [file: string, text: string | RegExp],
): FieldCase {
  return whileRunning({ resources }, (container) => {
    const text = limitOf(container.pid, controller, v1[0], v2[0])
    const expected = isV1(controller) ? v1[1] : v2[1]
    if (typeof expected === 'string') expect(text).toBe(expected)
    else expect(text).toMatch(expected)
  })
}

const throttle = (v1: string, v2: string): FieldCase => {
  const field =
    {
      read_bps: 'throttleReadBpsDevice',
      write_bps: 'throttleWriteBpsDevice',
      read_iops: 'throttleReadIOPSDevice',
      write_iops: 'throttleWriteIOPSDevice',
    }[v1] ?? ''
  return limit(
    { blockIO: { [field]: [{ major, minor, rate: 123_456 }] } },
    'blkio',
    [`blkio.throttle.${v1}_device`, `${major}:${minor} 123456`],
    ['io.max', new RegExp(`^${major}:${minor} .*${v2}=123456`)],
  )
}

/** Every limit, by what the kernel says of it, and by its force where that is quick to see. */
export const resourceCases: FieldCases = {
  'resources.memory.limit': {
    command: (suite) =>
      suite.command(['dd', 'if=/dev/zero', 'of=/dev/null', 'bs=64M', 'count=1'], {
        resources: { memory: { limit: '16MiB' } },
      }),
    done: (result) => {
      expect(result).toMatchObject({ reason: 'oom', signal: 'SIGKILL', oom: { kills: 1, init: true } })
      expect(result.usage.memory.peak).toBeLessThanOrEqual(16 * MIB)
    },
  },
  'resources.memory.reservation': limit(
    { memory: { limit: '64MiB', reservation: '32MiB' } },
    'memory',
    ['memory.soft_limit_in_bytes', String(32 * MIB)],
    ['memory.low', String(32 * MIB)],
  ),
  'resources.memory.swap': limit(
    { memory: { limit: '32MiB', swap: '96MiB' } },
    'memory',
    ['memory.memsw.limit_in_bytes', String(96 * MIB)],
    ['memory.swap.max', String(64 * MIB)],
  ),
  'resources.memory.swappiness': limit(
    { memory: { swappiness: 7 } },
    'memory',
    ['memory.swappiness', '7'],
    ['', ''],
  ),
  'resources.memory.disableOOMKiller': limit(
    { memory: { limit: '32MiB', disableOOMKiller: true } },
    'memory',
    ['memory.oom_control', /^oom_kill_disable 1$/m],
    ['', ''],
  ),
  'resources.cpu.shares': limit({ cpu: { shares: 512 } }, 'cpu', ['cpu.shares', '512'], ['cpu.weight', '20']),
  'resources.cpu.quota': limit(
    { cpu: { quota: 30_000 } },
    'cpu',
    ['cpu.cfs_quota_us', '30000'],
    ['cpu.max', '30000 100000'],
  ),
  'resources.cpu.period': limit(
    { cpu: { quota: 20_000, period: 50_000 } },
    'cpu',
    ['cpu.cfs_period_us', '50000'],
    ['cpu.max', '20000 50000'],
  ),
  'resources.cpu.cpusetCpus': shows(
    'grep Cpus_allowed_list /proc/self/status | cut -f2',
    { resources: { cpu: { cpusetCpus: '0' } } },
    '0',
  ),
  'resources.cpu.cpusetMems': shows(
    'grep Mems_allowed_list /proc/self/status | cut -f2',
    { resources: { cpu: { cpusetMems: '0' } } },
    '0',
  ),
  'resources.pids.limit': {
    command: (suite) =>
      suite.script('for i in 1 2 3 4 5 6 7 8; do sleep 100 & done; wait', {
        resources: { pids: { limit: 5 } },
      }),
    done: (result) => {
      expect(result.stderr).toMatch(/can't fork/)
      expect(result.usage.pids).toMatchObject({ peak: 5 })
      expect(result.usage.pids.refused).toBeGreaterThan(0)
    },
  },
  'resources.blockIO.weight': limit(
    { blockIO: { weight: 321 } },
    'blkio',
    ['blkio.bfq.weight', '321'],
    ['io.bfq.weight', /321/],
  ),
  'resources.blockIO.weightDevice': {
    ...limit(
      { blockIO: { weightDevice: [{ major, minor, weight: 234 }] } },
      'blkio',
      ['blkio.bfq.weight_device', new RegExp(`${major}:${minor} 234`)],
      ['io.bfq.weight', new RegExp(`${major}:${minor} 234`)],
    ),
    // weights of a device are the scheduler's: only bfq has them
    refusal: usesBfq(major, minor)
      ? undefined
      : { code: 'EXECD_LIMIT', path: 'resources.blockIO.weightDevice' },
  },
  'resources.blockIO.throttleReadBpsDevice': throttle('read_bps', 'rbps'),
  'resources.blockIO.throttleWriteBpsDevice': throttle('write_bps', 'wbps'),
  'resources.blockIO.throttleReadIOPSDevice': throttle('read_iops', 'riops'),
  'resources.blockIO.throttleWriteIOPSDevice': throttle('write_iops', 'wiops'),
  'resources.unified': limit(
    { unified: { 'memory.high': '12345344' } },
    'unified',
    ['', ''],
    ['memory.high', '12345344'],
  ),
  cgroupParent: {
    command: (suite) => suite.command(['sleep', '1000'], { cgroupParent: `${suite.parent}/inner` }),
    live: ({ id }, suite) => {
      const groups = groupsBelow(`${suite.parent}/inner`)
      expect(groups.length).toBeGreaterThan(0)
      for (const group of groups) expect(group).toMatch(new RegExp(`${suite.parent}/inner/${id}$`))
    },
    after: (suite) => {
      for (const folder of parentFolders(`${suite.parent}/inner`)) rmdirSync(folder)
    },
  },
}
