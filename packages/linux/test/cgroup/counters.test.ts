import { mkdirSync } from 'node:fs'
import { describe, expect, test } from '@jest/globals'
import { splitCpuTime } from '../../dist/cgroup/counters/cpu-time.js'
import { usageFromReport } from '../../dist/cgroup/counters/report.js'
import { readStats } from '../../dist/cgroup/counters/stats.js'
import { freeze, thaw } from '../../dist/cgroup/processes/freezer.js'
import { removeGroups } from '../../dist/cgroup/processes/kill.js'
import { parsePids, readPids } from '../../dist/cgroup/processes/pids.js'
import { fakeCgroups } from './support/fake.js'

const { files, text, path, v1, v2 } = fakeCgroups()

describe('a report', () => {
  test('v1', () => {
    const usage = usageFromReport({
      memoryPeak: '16777216\n',
      memoryEvents: 'oom_kill_disable 0\nunder_oom 0\noom_kill 2\n',
      cpuTotal: '3000000\n',
      cpuUser: '1000000\n',
      cpuSystem: '500000\n',
      pidsPeak: '4\n',
      pidsEvents: 'max 3\n',
    })
    expect(usage).toEqual({
      cpu: { user: 2, system: 1 },
      memory: { peak: 16777216 },
      pids: { peak: 4, refused: 3 },
      oomKills: 2,
    })
  })

  test('v2, with refused forks counted in the leaf', () => {
    const usage = usageFromReport({
      cpuStat: 'usage_usec 2500\nuser_usec 1500\nsystem_usec 1000\n',
      memoryEvents: 'low 0\nhigh 0\nmax 3\noom 1\noom_kill 1\n',
      pidsEvents: 'max 0\n',
      pidsLeafEvents: 'max 5\n',
    })
    expect(usage).toEqual({
      cpu: { user: 1.5, system: 1 },
      memory: { peak: null },
      pids: { peak: null, refused: 5 },
      oomKills: 1,
    })
  })

  test('nothing could be read', () => {
    const none = {
      cpu: { user: null, system: null },
      memory: { peak: null },
      pids: { peak: null, refused: null },
      oomKills: null,
    }
    expect(usageFromReport({ memoryPeak: null, cpuTotal: null, memoryEvents: '' })).toEqual(none)
  })

  test('a total is split by the ratio of the samples', () => {
    expect(splitCpuTime(90, 1, 2)).toEqual({ user: 30, system: 60 })
    expect(splitCpuTime(90, 0, 0)).toEqual({ user: 90, system: 0 })
    expect(splitCpuTime(90, null, null)).toEqual({ user: 90, system: 0 })
  })
})

describe('statistics', () => {
  test('v1', async () => {
    files({
      'memory/memory.usage_in_bytes': '1000\n',
      'memory/memory.max_usage_in_bytes': '2000\n',
      'memory/memory.limit_in_bytes': '9223372036854771712\n',
      'memory/memory.memsw.usage_in_bytes': '1500\n',
      'memory/memory.failcnt': '7\n',
      'memory/memory.stat': 'cache 5\nrss 6\n',
      'memory/memory.oom_control': 'oom_kill_disable 0\nunder_oom 0\noom_kill 1\n',
      'memory/exec-1/memory.oom_control': 'oom_kill_disable 0\nunder_oom 0\noom_kill 2\n',
      'cpuacct/cpuacct.usage': '4000000\n',
      'cpuacct/cpuacct.usage_user': '3\n',
      'cpuacct/cpuacct.usage_sys': '1\n',
      'cpu/cpu.stat': 'nr_periods 3\nnr_throttled 1\nthrottled_time 5000\n',
      'pids/pids.current': '3\n',
      'pids/pids.max': 'max\n',
      'blkio/blkio.throttle.io_service_bytes_recursive':
        '8:0 Read 10\n8:0 Write 20\n8:0 Sync 30\n8:0 Total 30\nTotal 30\n',
      'blkio/blkio.throttle.io_serviced_recursive': '8:0 Read 1\n8:0 Write 2\nTotal 3\n',
    })
    expect(await readStats(v1('memory', 'cpuacct', 'cpu', 'pids', 'blkio'))).toEqual({
      time: expect.any(Number),
      memory: {
        usage: 1000,
        peak: 2000,
        limit: null,
        swap: 500,
        failures: 7,
        oomKills: 3,
        detail: { cache: 5, rss: 6 },
      },
      cpu: { total: 4000, user: 3000, system: 1000, periods: 3, throttledPeriods: 1, throttledTime: 5 },
      pids: { current: 3, peak: null, limit: null },
      blockIO: [{ major: 8, minor: 0, readBytes: 10, writeBytes: 20, readOperations: 1, writeOperations: 2 }],
      network: null,
    })
  })

  test('v2', async () => {
    files({
      'box/memory.current': '1000\n',
      'box/memory.max': '4096\n',
      'box/memory.swap.current': '10\n',
      'box/memory.events': 'low 0\nhigh 0\nmax 4\noom 1\noom_kill 1\n',
      'box/memory.stat': 'anon 1\n',
      'box/cpu.stat': 'usage_usec 9\nuser_usec 4\nsystem_usec 5\n',
      'box/pids.current': '2\n',
      'box/pids.peak': '3\n',
      'box/pids.max': '8\n',
      'box/io.stat': '254:0 rbytes=1 wbytes=2 rios=3 wios=4 dbytes=0 dios=0\n8:0 \n',
    })
    expect(await readStats(v2())).toMatchObject({
      memory: {
        usage: 1000,
        peak: null,
        limit: 4096,
        swap: 10,
        failures: 4,
        oomKills: 1,
        detail: { anon: 1 },
      },
      cpu: { total: 9, user: 4, system: 5, periods: null },
      pids: { current: 2, peak: 3, limit: 8 },
      blockIO: [{ major: 254, minor: 0, readBytes: 1, writeBytes: 2, readOperations: 3, writeOperations: 4 }],
    })
  })

  test('a group that is gone', async () => {
    expect(await readStats(v2())).toBeNull()
  })
})

describe('process ids', () => {
  test('of the whole tree, without those that are not visible here', async () => {
    files({
      'freezer/cgroup.procs': '30\n4\n0\n',
      'freezer/exec-1/cgroup.procs': '9\n',
      'freezer/a/b/cgroup.procs': '7\n',
    })
    expect(await readPids(v1('freezer'))).toEqual([4, 7, 9, 30])
    expect(await readPids(v2())).toEqual([])
    expect(parsePids('0\n-1\nx\n12\n')).toEqual([12])
  })
})

describe('freezing', () => {
  test('is written and waited for; a group that never freezes is thawed', async () => {
    files({
      'freezer/freezer.state': 'THAWED\n',
      'box/cgroup.freeze': '0\n',
      'box/cgroup.events': 'populated 1\nfrozen 0\n',
    })
    await freeze(v1('freezer'), 1000)
    expect(text('freezer/freezer.state')).toBe('FROZEN')
    await thaw(v1('freezer'))
    expect(text('freezer/freezer.state')).toBe('THAWED')
    await expect(freeze(v2(), 40)).rejects.toMatchObject({ code: 'EXECD_TIMEOUT' })
    expect(text('box/cgroup.freeze')).toBe('0')
    await expect(freeze(v1('memory'), 10)).rejects.toMatchObject({ code: 'EXECD_UNSUPPORTED' })
  })
})

test('groups are removed from the bottom up', async () => {
  mkdirSync(path('box/init/deeper'), { recursive: true })
  expect(await removeGroups(v2(), 50)).toEqual([])
  expect(() => text('box/cgroup.procs')).toThrow(/ENOENT/)
  files({ 'box/file': '' }) // stands for a group that stays busy
  expect(await removeGroups(v2(), 30)).toEqual([
    { step: `remove the cgroup ${path('box')}`, errno: 'ENOTEMPTY' },
  ])
})
