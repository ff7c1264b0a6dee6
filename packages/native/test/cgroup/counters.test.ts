import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { resolveResources } from '@execd/core/driver'
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import { splitCpuTime } from '../../dist/cgroup/cpu-time.js'
import { freeze, thaw } from '../../dist/cgroup/freezer.js'
import { removeGroups } from '../../dist/cgroup/kill.js'
import { parsePids, readPids } from '../../dist/cgroup/pids.js'
import { usageFromReport } from '../../dist/cgroup/report.js'
import { readStats } from '../../dist/cgroup/stats.js'
import type { CgroupFacts } from '../../dist/cgroup/types.js'
import { updateLimits } from '../../dist/cgroup/update.js'
import { memoryUpdateV1, memoryUpdateV2 } from '../../dist/cgroup/update-memory.js'
import { orderCpuV1 } from '../../dist/cgroup/update-plan.js'
import { oldValue } from '../../dist/cgroup/update-undo.js'

/** A temporary folder that poses as a cgroup file system. */
let root: string
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'execd-cgroup-'))
})
afterEach(() => rmSync(root, { recursive: true, force: true }))

function files(texts: Record<string, string>): void {
  for (const [path, text] of Object.entries(texts)) {
    mkdirSync(dirname(join(root, path)), { recursive: true })
    writeFileSync(join(root, path), text)
  }
}
const text = (path: string) => readFileSync(join(root, path), 'utf8').trim()
const v1 = (...controllers: string[]) =>
  ({ version: 1, dirs: Object.fromEntries(controllers.map((name) => [name, join(root, name)])) }) as const
const v2 = () => ({ version: 2, dirs: { unified: join(root, 'box') }, top: root }) as const

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
    await expect(readStats(v2())).rejects.toMatchObject({ code: 'EXECD_NOT_RUNNING' })
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

describe('updates', () => {
  const MIB = 1024 ** 2
  const facts: CgroupFacts = {
    files: new Set(['memory.memsw.limit_in_bytes', 'memory.swap.max', 'memory.max']),
    swapAreas: false,
    hierarchical: true,
  }
  const lines = (writes: readonly { file: string; data: string }[] | null) =>
    writes?.map(({ file, data }) => `${file} ${data}`)

  test.each([
    [
      'raised',
      { limit: 10, swap: 10 },
      { limit: 20, swap: null },
      ['memory.memsw.limit_in_bytes 20', 'memory.limit_in_bytes 20'],
    ],
    [
      'lowered',
      { limit: 20, swap: 30 },
      { limit: 10, swap: null },
      ['memory.limit_in_bytes 10', 'memory.memsw.limit_in_bytes 20'],
    ],
    [
      'first',
      { limit: null, swap: null },
      { limit: 10, swap: null },
      ['memory.limit_in_bytes 10', 'memory.memsw.limit_in_bytes 10'],
    ],
    [
      'unlimited swap stays',
      { limit: 5, swap: null },
      { limit: 9, swap: null },
      ['memory.memsw.limit_in_bytes -1', 'memory.limit_in_bytes 9'],
    ],
    [
      'limit up, total down',
      { limit: 10, swap: 30 },
      { limit: 15, swap: 20 },
      ['memory.limit_in_bytes 15', 'memory.memsw.limit_in_bytes 20'],
    ],
    ['total alone', { limit: 10, swap: 10 }, { limit: null, swap: 12 }, ['memory.memsw.limit_in_bytes 12']],
  ] as const)('v1 memory: %s', (_, now, wish, wanted) =>
    expect(lines(memoryUpdateV1(now, wish, true))).toEqual(wanted),
  )

  test.each([
    [{ limit: 10, swap: 5 }, { limit: 20, swap: null }, ['memory.max 20']],
    [{ limit: null, swap: null }, { limit: 20, swap: null }, ['memory.swap.max 0', 'memory.max 20']],
    [{ limit: 10, swap: 0 }, { limit: null, swap: 15 }, ['memory.swap.max 5']],
    [{ limit: 10, swap: 0 }, { limit: 20, swap: -1 }, ['memory.swap.max max', 'memory.max 20']],
    [{ limit: 10, swap: 0 }, { limit: null, swap: 5 }, undefined],
  ] as const)('v2 memory: %j %j', (now, wish, wanted) =>
    expect(lines(memoryUpdateV2(now, wish, true))).toEqual(wanted),
  )

  test('a shorter period comes after the quota, a longer one before it', () => {
    const write = (file: string, data: string) => ({ controller: 'cpu', file, data, field: '' })
    const writes = [write('cpu.cfs_period_us', '5000'), write('cpu.cfs_quota_us', '1000')]
    expect(orderCpuV1(writes, 10_000).map(({ file }) => file)).toEqual([
      'cpu.cfs_quota_us',
      'cpu.cfs_period_us',
    ])
    expect(orderCpuV1(writes, 1000)).toEqual(writes)
  })

  test.each([
    [
      'io.max',
      '8:0 rbps=1',
      '8:0 rbps=max wbps=5 riops=max wiops=max\n',
      '8:0 rbps=max wbps=5 riops=max wiops=max',
    ],
    ['io.max', '8:1 rbps=1', '8:0 rbps=2\n', '8:1 rbps=max wbps=max riops=max wiops=max'],
    ['blkio.throttle.read_bps_device', '8:1 5', '', '8:1 0'],
    ['io.weight', '50', 'default 100\n8:0 20\n', 'default 100'],
    ['io.weight', '8:1 50', 'default 100\n', '8:1 default'],
    ['memory.oom_control', '1', 'oom_kill_disable 0\nunder_oom 0\noom_kill 3\n', '0'],
    ['cpuset.cpus', '1', '\n', ''],
    ['cpu.max', '5 10', 'max 100000\n', 'max 100000'],
    ['rdma.max', 'x y=1', 'a b=1\nc d=1\n', null],
  ])('what was in %s before %s', (file, data, before, wanted) => {
    expect(oldValue({ controller: '', file, data, field: '' }, before)).toBe(wanted)
  })

  test('when one value is refused, those written before are put back', async () => {
    files({
      'memory/memory.limit_in_bytes': `${8 * MIB}\n`,
      'memory/memory.memsw.limit_in_bytes': `${8 * MIB}\n`,
      'pids/pids.max': '5\n',
    })
    mkdirSync(join(root, 'cpu/cpu.shares'), { recursive: true }) // EISDIR, for root too: stands for a value that is refused
    const wish = resolveResources({ memory: { limit: '16MiB' }, cpu: { shares: 7 }, pids: { limit: 9 } })
    await expect(updateLimits(v1('memory', 'cpu', 'pids'), wish, facts, 'box')).rejects.toMatchObject({
      code: 'EXECD_LIMIT',
      details: { path: 'resources.cpu.shares' },
    })
    expect(text('memory/memory.limit_in_bytes')).toBe(String(8 * MIB))
    expect(text('pids/pids.max')).toBe('5')
  })

  test('v2: values are repeated in the groups below that have the file, a lone period keeps the quota', async () => {
    files({
      'box/pids.max': 'max\n',
      'box/init/pids.max': 'max\n',
      'box/exec-1/cgroup.procs': '',
      'box/cpu.max': '2000 100000\n',
      'box/memory.max': 'max\n',
    })
    await updateLimits(v2(), resolveResources({ pids: { limit: 9 }, cpu: { period: 50_000 } }), facts, 'box')
    expect([text('box/pids.max'), text('box/init/pids.max'), text('box/cpu.max')]).toEqual([
      '9',
      '9',
      '2000 50000',
    ])
  })

  test('v2: controllers that are not on yet are passed on down to the group', async () => {
    files({ 'cgroup.subtree_control': '', 'box/memory.max': 'max\n' })
    const update = updateLimits(v2(), resolveResources({ pids: { limit: 9 } }), facts, 'box')
    await expect(update).rejects.toMatchObject({
      code: 'EXECD_UNSUPPORTED',
      details: { path: 'resources.pids.limit' },
    })
    expect(text('cgroup.subtree_control')).toBe('+pids')
  })

  test('less in all than the limit on memory is refused before anything is written', async () => {
    files({ 'box/memory.max': `${64 * MIB}\n`, 'box/memory.swap.max': '0\n' })
    const wish = { ...resolveResources({}), memory: { ...resolveResources({}).memory, swap: 8 * MIB } }
    await expect(updateLimits(v2(), wish, facts, 'box')).rejects.toMatchObject({ code: 'EXECD_LIMIT' })
  })
})

test('groups are removed from the bottom up', async () => {
  mkdirSync(join(root, 'box/init/deeper'), { recursive: true })
  await removeGroups(v2(), 50)
  expect(() => text('box/cgroup.procs')).toThrow(/ENOENT/)
  files({ 'box/file': '' }) // stands for a group that stays busy
  await expect(removeGroups(v2(), 30)).rejects.toMatchObject({ code: 'EXECD_CGROUP' })
})
