import { resolveResources } from '@execd/core/driver'
import { describe, expect, test } from '@jest/globals'
import { cgroupStepError } from '../../dist/cgroup/errors.js'
import { lateGroups } from '../../dist/cgroup/exec-groups.js'
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
/** An exec without limits of its own. */
const NOTHING = { writes: [], mirrored: [], late: [], cpusetChain: null }
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
  const below = (dir = -1) => (dir < 0 ? '' : `${dir}:`)
  if (one.name === 'mkdir') return `mkdir${one.existOk ? '?' : ''} ${below(one.dir)}${one.file}`
  if (one.name === 'open') return `open ${one.slot} ${below(one.dir)}${one.path}`
  if (one.name === 'write') return `write ${below(one.dir)}${one.file} ${String(one.data)}`
  if (one.name === 'writeFd') return `join ${one.slot}`
  if (one.name === 'cgroupKill') return `kill ${one.dir}`
  if (one.name === 'rmdir') return `rmdir ${below(one.dir)}${one.file} if ${one.guard}`
  if (one.name === 'watchOom') return `watch ${one.slot}`
  if (one.name === 'read') return `read ${one.dir}:${one.file}`
  return one.name
}

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

  test('an exec joins the groups of the container where it has none', () => {
    const container = steps(v1, { cpu: { shares: 5 } }).paths
    const exec = execCgroupSteps({ container, execId: 'e', ...NOTHING, firstSlot: 0 })
    const own = (parent: number, name: string) => [
      `open ${parent} /${name}/execd/box`,
      `mkdir ${parent}:exec-e`,
      `open ${parent + 1} ${parent}:exec-e`,
      `open ${parent + 2} /${name}/execd/box/exec-e/tasks`,
    ]
    expect(exec.host.map(brief)).toEqual([
      'open 0 /cpu/execd/box/tasks',
      ...own(1, 'cpuacct'),
      ...own(4, 'memory'),
      'open 7 /devices/execd/box/tasks',
      ...own(8, 'freezer'),
      ...own(11, 'pids'),
    ])
    expect(exec.child.map(brief)).toEqual(['join 0', 'join 3', 'join 6', 'join 7', 'join 10', 'join 13'])
    expect(exec.cleanup.map(brief)).toEqual([
      'kill 9',
      ...[1, 4, 8, 11].map((parent) => `rmdir ${parent}:exec-e if ${parent + 1}`),
    ])
    expect(exec.nextSlot).toBe(14)
  })

  test("an exec's limits are in groups of its own; where the container has none one is made first", () => {
    const container = steps(v1, { cpu: { shares: 5 } }).paths
    const resources = resolveResources({ cpu: { shares: 7, cpusetCpus: '1' }, pids: { limit: 9 } })
    const { writes } = limitsFor(v1, { resources, devices: null, facts })
    const late = lateGroups(v1, container, writes, 'box')
    expect(late).toEqual([{ controllers: ['cpuset'], dirs: ['/cpuset/execd', '/cpuset/execd/box'] }])
    const cpusetChain = [
      { dir: '/cpuset', cpus: '0-1', mems: '0' },
      { dir: '/cpuset/execd', cpus: '0-1', mems: '0' },
      { dir: '/cpuset/execd/box', cpus: '', mems: '' },
    ]
    const exec = execCgroupSteps({
      ...NOTHING,
      container,
      execId: 'e',
      writes,
      late,
      cpusetChain,
      firstSlot: 0,
    })
    const lines = exec.host.map(brief)
    expect(lines.slice(0, 4)).toEqual([
      'mkdir? /cpuset/execd',
      'mkdir? /cpuset/execd/box',
      'write /cpuset/execd/box/cpuset.cpus 0-1',
      'write /cpuset/execd/box/cpuset.mems 0',
    ])
    expect(lines.filter((line) => /^write \d/.test(line))).toEqual([
      'write 1:cpu.shares 7',
      'write 14:pids.max 9',
      'write 17:cpuset.cpus 1',
      'write 17:cpuset.mems 0',
    ])
    expect(exec.paths.dirs).toMatchObject({
      cpu: '/cpu/execd/box/exec-e',
      cpuset: '/cpuset/execd/box/exec-e',
    })
    expect(exec.cleanup.map(brief)).toContain('rmdir 16:exec-e if 17')
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

  test('an exec is a group beside the first process', () => {
    const exec = execCgroupSteps({ container: steps(v2, {}).paths, execId: 'e', ...NOTHING, firstSlot: 1 })
    expect(exec.host.map(brief)).toEqual(['open 2 /cg/a/execd/box', 'mkdir 2:exec-e', 'open 1 2:exec-e'])
    expect(exec.cleanup.map(brief)).toEqual(['kill 1', 'rmdir 2:exec-e if 1'])
    expect(exec).toMatchObject({ cgroupSlot: 1, nextSlot: 3 })
  })

  test("an exec's limits: controllers are passed on to it, and its own come in place of the container's", () => {
    const place = { ...v2, parents: [{ controllers: ['memory', 'pids', 'cpu'], top: '/cg', names: ['a'] }] }
    const resources = resolveResources({ cpu: { shares: 1024 }, memory: { limit: '8MiB' } })
    const { writes } = limitsFor(place, { resources, devices: null, facts })
    const mirrored = [
      { controller: 'memory', file: 'memory.max', data: '99', field: '' },
      { controller: 'pids', file: 'pids.max', data: '9', field: '' },
    ]
    const container = steps(place, {}).paths
    const exec = execCgroupSteps({ ...NOTHING, container, execId: 'e', writes, mirrored, firstSlot: 0 })
    expect(exec.host.map(brief)).toEqual([
      ...['/cg', '/cg/a', '/cg/a/box'].map((dir) => `write ${dir}/cgroup.subtree_control +memory +cpu`),
      ...['open 1 /cg/a/box', 'mkdir 1:exec-e', 'open 0 1:exec-e'],
      ...['write 0:pids.max 9', 'write 0:memory.swap.max 0', 'write 0:memory.max 8388608'],
      'write 0:cpu.weight 39',
    ])
  })

  test("kills are told of the whole container, and counted for the first process's own tree", () => {
    const run = steps(v2, {})
    expect(run.watch.map(brief)).toEqual(['watch 4'])
    expect(run.report.map(brief)).toContain('read 4:init/memory.events')
    const exec = execCgroupSteps({ ...NOTHING, container: run.paths, execId: 'e', firstSlot: 0 })
    expect(exec.watch.map(brief)).toEqual(['watch 0'])
    expect(exec.report.map(brief)).toContain('read 0:memory.events')
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
