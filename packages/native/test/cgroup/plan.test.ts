import { resolveResources } from '@execd/core/driver'
import { describe, expect, test } from '@jest/globals'
import { cgroupStepError } from '../../dist/cgroup/errors.js'
import { limitsFor } from '../../dist/cgroup/limits.js'
import { cgroupSteps, execCgroupSteps } from '../../dist/cgroup/plan.js'
import type { CgroupFacts, CgroupPlace } from '../../dist/cgroup/types.js'
import { encodePlan } from '../../dist/plan/encode.js'
import { type Step, step } from '../../dist/plan/steps.js'

const facts: CgroupFacts = {
  files: new Set(['memory.memsw.limit_in_bytes', 'memory.limit_in_bytes', 'memory.swap.max', 'memory.max']),
  swapAreas: false,
  hierarchical: true,
}
const NAMES = ['cpu', 'cpuacct', 'cpuset', 'memory', 'devices', 'freezer', 'blkio', 'pids']
const v1: CgroupPlace = {
  version: 1,
  unavailable: {},
  parents: NAMES.map((name) => ({ controllers: [name], top: `/${name}`, names: ['execd'] })),
}
const v2: CgroupPlace = {
  version: 2,
  unavailable: {},
  parents: [{ controllers: ['memory', 'pids', 'cpu'], top: '/cg', names: ['a', 'execd'] }],
}

function steps(place: CgroupPlace, resources: object) {
  const { writes } = limitsFor(place, { resources: resolveResources(resources), devices: null, facts })
  const chain = [
    { dir: '/cpuset', cpus: '0-1', mems: '0' },
    { dir: '/cpuset/execd', cpus: '', mems: '' },
  ]
  return cgroupSteps({ place, id: 'box', writes, cpusetChain: chain, firstSlot: 4 })
}

/** A step in short, as a test reads it. */
function brief(one: Step): string {
  if (one.name === 'mkdir') return `mkdir${one.existOk ? '?' : ''} ${one.file}`
  if (one.name === 'open') return `open ${one.slot} ${(one.dir ?? -1) < 0 ? '' : `${one.dir}:`}${one.path}`
  if (one.name === 'write') return `write ${one.dir < 0 ? '' : `${one.dir}:`}${one.file} ${String(one.data)}`
  if (one.name === 'writeFd') return `join ${one.slot}`
  if (one.name === 'cgroupKill') return `kill ${one.dir}`
  if (one.name === 'rmdir') return `rmdir ${one.file}`
  if (one.name === 'read') return `read ${one.dir}:${one.file}`
  return one.name
}

describe('v1', () => {
  test('a group in each hierarchy that every container has, limits before the join', () => {
    const plan = steps(v1, { memory: { limit: '8MiB' } })
    expect(plan.host.map(brief).filter((line) => !line.includes('?'))).toEqual([
      ...['mkdir /cpuacct/execd/box', 'open 4 /cpuacct/execd/box', 'open 5 4:tasks'],
      ...['mkdir /memory/execd/box', 'open 6 /memory/execd/box'],
      ...[
        'write 6:memory.limit_in_bytes 8388608',
        'write 6:memory.memsw.limit_in_bytes 8388608',
        'open 7 6:tasks',
      ],
      ...['mkdir /devices/execd/box', 'open 8 /devices/execd/box', 'open 9 8:tasks'],
      ...['mkdir /freezer/execd/box', 'open 10 /freezer/execd/box', 'open 11 10:tasks'],
      ...['mkdir /pids/execd/box', 'open 12 /pids/execd/box', 'open 13 12:tasks'],
    ])
    expect(plan.child.map(brief)).toEqual(['join 5', 'join 7', 'join 9', 'join 11', 'join 13'])
    expect(plan).toMatchObject({ cgroupSlot: -1, nextSlot: 14 })
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

  test('kills by the freezer first, and removes groups through their own descriptors', () => {
    expect(steps(v1, {}).cleanup.map(brief)).toEqual([
      'kill 10',
      'kill 8',
      ...[68, 70, 72, 74, 76].map((fd) => `rmdir /proc/self/fd/${fd}/../box`),
    ])
  })

  test('a cpuset is filled from above before it is joined', () => {
    const lines = steps(v1, { cpu: { cpusetCpus: '1' } })
      .host.map(brief)
      .filter((line) => line.includes('cpuset'))
    expect(lines).toEqual([
      'mkdir? /cpuset/execd',
      'write /cpuset/execd/cpuset.cpus 0-1',
      'write /cpuset/execd/cpuset.mems 0',
      'mkdir /cpuset/execd/box',
      'open 6 /cpuset/execd/box',
      'write 6:cpuset.cpus 1',
      'write 6:cpuset.mems 0',
    ])
  })

  test('hierarchies of limits that are not set are not touched', () => {
    const host = steps(v1, {}).host.map(brief).join('\n')
    for (const name of ['/cpu/', '/cpuset', '/blkio']) expect(host).not.toContain(name)
  })

  test('an exec joins the groups of the container where it has none', () => {
    const container = steps(v1, { cpu: { shares: 5 } }).paths
    const exec = execCgroupSteps({ container, execId: 'e', writes: [], firstSlot: 0 })
    const lines = exec.host.map(brief)
    expect(lines).toContain('mkdir /memory/execd/box/exec-e')
    expect(lines).toContain('open 0 /cpu/execd/box/tasks')
    expect(lines).toContain('open 5 /devices/execd/box/tasks')
    expect(exec.child).toHaveLength(6)
    expect(exec.cleanup.filter((one) => one.name === 'rmdir')).toHaveLength(4)
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
      'mkdir /cg/a/execd/box',
      'open 4 /cg/a/execd/box',
      'write 4:memory.swap.max 0',
      'write 4:memory.max 8388608',
      'write 4:cpu.weight 39',
      'write /cg/a/execd/box/cgroup.subtree_control +memory +pids',
      'mkdir /cg/a/execd/box/init',
      'open 5 /cg/a/execd/box/init',
      'write 5:memory.swap.max 0',
      'write 5:memory.max 8388608',
    ])
    expect(plan).toMatchObject({
      cgroupSlot: 5,
      nextSlot: 6,
      child: [],
      paths: { version: 2, dirs: { unified: '/cg/a/execd/box' }, top: '/cg' },
    })
    expect(plan.cleanup.map(brief)).toEqual(['kill 4', 'rmdir /proc/self/fd/68/../box'])
  })

  test('without controllers there is still a group to kill and freeze by', () => {
    const plan = steps({ ...v2, parents: [{ controllers: [], top: '/cg', names: ['execd'] }] }, {})
    expect(plan.host.map(brief).join('\n')).not.toContain('subtree_control')
    expect(plan.reportKeys).toEqual(['cpuStat'])
  })

  test('an exec is a group beside the first process', () => {
    const exec = execCgroupSteps({ container: steps(v2, {}).paths, execId: 'e', writes: [], firstSlot: 1 })
    expect(exec.host.map(brief)).toEqual(['mkdir /cg/a/execd/box/exec-e', 'open 1 /cg/a/execd/box/exec-e'])
    expect(exec).toMatchObject({ cgroupSlot: 1, nextSlot: 2 })
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
