import { resolveResources } from '@execd/core/driver'
import { limitsFor } from '@execd/linux/cgroup'
import { describe, expect, test } from '@jest/globals'
import { lateGroups } from '../../dist/cgroup/exec-groups.js'
import { execCgroupSteps } from '../../dist/cgroup/plan.js'
import { brief, facts, steps, v1, v2 } from './support/plans.js'

/** An exec without limits of its own. */
const NOTHING = { writes: [], mirrored: [], late: [], cpusetChain: null }

describe('v1', () => {
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
