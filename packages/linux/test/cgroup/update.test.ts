import { mkdirSync } from 'node:fs'
import { resolveResources } from '@execd/core/driver'
import { describe, expect, test } from '@jest/globals'
import type { CgroupFacts } from '../../dist/cgroup/types.js'
import { updateLimits } from '../../dist/cgroup/update/update.js'
import { memoryUpdateV1, memoryUpdateV2 } from '../../dist/cgroup/update/update-memory.js'
import { orderCpuV1 } from '../../dist/cgroup/update/update-plan.js'
import { oldValue } from '../../dist/cgroup/update/update-undo.js'
import { fakeCgroups } from './support/fake.js'

const { files, text, path, v1, v2 } = fakeCgroups()

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
    mkdirSync(path('cpu/cpu.shares'), { recursive: true }) // EISDIR, for root too: stands for a value that is refused
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
