import { describe, expect, test } from '@jest/globals'
import { cgroupStepError } from '../../dist/cgroup/errors.js'
import { encodePlan } from '../../dist/plan/encode.js'
import { type Step, step } from '../../dist/plan/steps.js'
import { brief, steps, v1, v2 } from './support/plans.js'

describe('v1', () => {
  test('a group in each hierarchy that every container has, limits before the join', () => {
    const plan = steps(v1, { memory: { limit: '8MiB' } })
    expect(plan.host.map(brief).filter((line) => !line.includes('?'))).toEqual([
      ...['open 6 /cpuacct/execd', 'mkdir 6:box', 'open 4 6:box', 'open 5 4:tasks'],
      ...['open 9 /memory/execd', 'mkdir 9:box', 'open 7 9:box'],
      ...[
        'write 7:memory.limit_in_bytes 8388608',
        'write 7:memory.memsw.limit_in_bytes 8388608',
        'open 8 7:tasks',
      ],
      ...['open 12 /devices/execd', 'mkdir 12:box', 'open 10 12:box', 'open 11 10:tasks'],
      ...['open 15 /freezer/execd', 'mkdir 15:box', 'open 13 15:box', 'open 14 13:tasks'],
      ...['open 18 /pids/execd', 'mkdir 18:box', 'open 16 18:box', 'open 17 16:tasks'],
    ])
    expect(plan.child.map(brief)).toEqual(['join 5', 'join 8', 'join 11', 'join 14', 'join 17'])
    expect(plan).toMatchObject({ cgroupSlot: -1, nextSlot: 19 })
    expect(plan.reportKeys).toEqual([
      'cpuTotal',
      'cpuUser',
      'cpuSystem',
      'memoryPeak',
      'memoryEvents',
      'pidsPeak',
      'pidsEvents',
    ])
  })

  test('kills by the freezer, once, and removes each group by descriptor, if it was made', () => {
    const { cleanup } = steps(v1, {})
    expect(cleanup.map(brief)).toEqual([
      'kill 13',
      ...['rmdir 6:box if 4', 'rmdir 9:box if 7', 'rmdir 12:box if 10'],
      ...['rmdir 15:box if 13', 'rmdir 18:box if 16'],
      // those that an exec with a limit has made
      ...['rmdir /cpu/execd/box if 13', 'rmdir /cpuset/execd/box if 13', 'rmdir /blkio/execd/box if 13'],
    ])
    expect(cleanup.filter((one) => one.name === 'rmdir').every((one) => one.recursive)).toBe(true)
  })

  test('without a freezer it kills by the next that every process is in', () => {
    const killedBy = (...names: string[]) => {
      const parents = v1.parents.filter(({ controllers: [name = ''] }) => names.includes(name))
      const { cleanup, host } = steps({ ...v1, parents }, {})
      const kills = cleanup.filter((one) => one.name === 'cgroupKill')
      expect(kills).toHaveLength(1)
      return host.find((one) => one.name === 'open' && one.slot === kills[0]?.dir)
    }
    // The group's own directory, opened below the parent: which hierarchy it is of follows from the parent's path.
    expect(killedBy('memory', 'pids', 'cpuacct')).toMatchObject({ path: 'box', dir: 12, slot: 10 })
    expect(killedBy('memory', 'cpuacct')).toMatchObject({ path: 'box', dir: 9, slot: 7 })
    expect(killedBy('devices', 'cpuacct')).toMatchObject({ path: 'box', dir: 6, slot: 4 })
  })

  test('every slot is used for one thing', () => {
    for (const plan of [steps(v1, { memory: { limit: '8MiB' }, cpu: { shares: 5 } }), steps(v2, {})]) {
      const opened = plan.host.filter((one) => one.name === 'open').map((one) => one.slot)
      expect(opened.toSorted((a, b) => a - b)).toEqual(
        Array.from({ length: plan.nextSlot - 4 }, (_, index) => 4 + index),
      )
    }
  })

  test('a cpuset is filled from above before it is joined', () => {
    const lines = steps(v1, { cpu: { cpusetCpus: '1' } })
      .host.map(brief)
      .filter((line) => line.includes('cpuset'))
    expect(lines).toEqual([
      'mkdir? /cpuset/execd',
      'write /cpuset/execd/cpuset.cpus 0-1',
      'write /cpuset/execd/cpuset.mems 0',
      'open 9 /cpuset/execd',
      'write 7:cpuset.cpus 1',
      'write 7:cpuset.mems 0',
    ])
  })

  test('hierarchies of limits that are not set are not touched', () => {
    const host = steps(v1, {}).host.map(brief).join('\n')
    for (const name of ['/cpu/', '/cpuset', '/blkio']) expect(host).not.toContain(name)
  })
})

describe('v2', () => {
  test('controllers are passed on, limits are in the group and repeated in the leaf', () => {
    const plan = steps(v2, { memory: { limit: '8MiB' }, cpu: { shares: 1024 } })
    expect(plan.host.map(brief)).toEqual([
      'write /cg/cgroup.subtree_control +memory +pids +cpu',
      'mkdir? /cg/a',
      'write /cg/a/cgroup.subtree_control +memory +pids +cpu',
      'mkdir? /cg/a/execd',
      'write /cg/a/execd/cgroup.subtree_control +memory +pids +cpu',
      'open 6 /cg/a/execd',
      'mkdir 6:box',
      'open 4 6:box',
      'write 4:memory.swap.max 0',
      'write 4:memory.max 8388608',
      'write 4:cpu.weight 39',
      'write /cg/a/execd/box/cgroup.subtree_control +memory +pids',
      'mkdir 4:init',
      'open 5 4:init',
      'write 5:memory.swap.max 0',
      'write 5:memory.max 8388608',
    ])
    expect(plan).toMatchObject({
      cgroupSlot: 5,
      nextSlot: 7,
      child: [],
      paths: { version: 2, dirs: { unified: '/cg/a/execd/box' }, top: '/cg' },
    })
    expect(plan.cleanup.map(brief)).toEqual(['kill 4', 'rmdir 6:box if 4'])
  })

  test('without controllers there is still a group to kill and freeze by', () => {
    const plan = steps({ ...v2, parents: [{ controllers: [], top: '/cg', names: ['execd'] }] }, {})
    expect(plan.host.map(brief).join('\n')).not.toContain('subtree_control')
    expect(plan.reportKeys).toEqual(['cpuStat'])
  })
})

test('the helper takes the steps', () => {
  for (const plan of [steps(v1, { memory: { limit: '8MiB' } }), steps(v2, {})]) {
    const clone = step.clone({ flags: 0, cgroupSlot: plan.cgroupSlot })
    const whole = [
      ...plan.host,
      clone,
      ...plan.child,
      step.exec({ args: ['true'] }),
      ...plan.report,
      ...plan.cleanup,
    ]
    expect(encodePlan(whole).length).toBeGreaterThan(100)
  }
})

describe('errors', () => {
  const write = { controller: 'memory', file: 'memory.max', data: '1', field: 'resources.memory.limit' }
  const failed = (one: Step, errno: string) =>
    cgroupStepError({ step: one, errno, id: 'box', writes: [write] })
  const limit = step.write({ phase: 'host', dir: 4, file: 'memory.max', data: '1' })
  test.each([
    [step.mkdir({ phase: 'host', dir: -1, mode: 0o755, file: '/x/box' }), 'EEXIST', 'EXECD_ID_IN_USE'],
    [step.mkdir({ phase: 'host', dir: -1, mode: 0o755, file: '/x/box' }), 'EACCES', 'EXECD_CGROUP'],
    [limit, 'EINVAL', 'EXECD_LIMIT'],
    [limit, 'EBUSY', 'EXECD_LIMIT'],
    [limit, 'ENOENT', 'EXECD_UNSUPPORTED'],
    [limit, 'EPERM', 'EXECD_CGROUP'],
    [
      step.write({ phase: 'host', dir: -1, file: '/x/cgroup.subtree_control', data: '+memory' }),
      'EBUSY',
      'EXECD_CGROUP',
    ],
    [step.writeFd({ slot: 5, data: '0' }), 'ENOSPC', 'EXECD_CGROUP'],
  ] as const)('%j %s', (one, errno, code) => {
    const error = failed(one, errno)
    expect(error).toMatchObject({ code, details: { errno } })
    expect(error.hint.length).toBeGreaterThan(10)
    if (one === limit && code !== 'EXECD_CGROUP') expect(error.details.path).toBe('resources.memory.limit')
  })
})
