import { describe, expect, test } from '@jest/globals'
import { cgroupFolders, groupsFirst, groupsMeanwhile } from '../../dist/isolation/cgroup-part.js'
import { addCgroupMounts } from '../../dist/isolation/mounts.js'
import {
  AT_RECURSIVE,
  MOUNT_ATTR_NODEV,
  MOUNT_ATTR_NOEXEC,
  MOUNT_ATTR_NOSUID,
  MOUNT_ATTR_RDONLY,
  MS_PRIVATE,
  OPEN_TREE_CLONE,
} from '../../dist/linux/constants.js'
import { step } from '../../dist/plan/steps.js'
import { built, commandOf, groupsOf, stepsNamed, V1, V2 } from './support/inputs.js'

const SAFE = MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC

describe('/sys/fs/cgroup', () => {
  const mounts = (input: object, more: object = {}) =>
    built((builder) =>
      addCgroupMounts(builder, commandOf({ ...input }), {
        hostSys: false,
        hostHasCgroups: true,
        cgroups: [],
        ...more,
      }),
    ).steps
  const v1 = [
    ['memory', '/sys/fs/cgroup/memory/execd/box'],
    ['pids', '/sys/fs/cgroup/pids/execd/box'],
  ] as const
  const v2 = [['', '/sys/fs/cgroup/execd/box/init']] as const

  test('on v2 it is the group of the first process and nothing else', () => {
    expect(mounts({}, { cgroups: v2 })).toEqual([
      step.openTree({ slot: 0, flags: OPEN_TREE_CLONE, path: '/sys/fs/cgroup/execd/box/init' }),
      step.setAttr({ slot: 0, set: SAFE | MOUNT_ATTR_RDONLY, propagation: MS_PRIVATE }),
      step.mount({ slot: 0, create: true, nofollow: true, target: '/sys/fs/cgroup' }),
    ])
  })

  test('on v1 it is a folder for each controller, made read-only when they are in it', () => {
    const steps = mounts({}, { cgroups: v1 })
    expect(stepsNamed(steps, 'mount').map((one) => one.target)).toEqual([
      '/sys/fs/cgroup',
      '/sys/fs/cgroup/memory',
      '/sys/fs/cgroup/pids',
    ])
    expect(stepsNamed(steps, 'openTree')).toMatchObject(
      v1.map(([, path]) => ({ path, flags: OPEN_TREE_CLONE })),
    )
    expect(stepsNamed(steps, 'fsmount')).toMatchObject([{ slot: 0, type: 'tmpfs', attrs: SAFE }])
    expect(steps.at(-1)).toEqual(step.setAttr({ slot: 0, set: MOUNT_ATTR_RDONLY }))
    // the slot of the tmpfs is still needed, those of the folders are used again
    expect(stepsNamed(steps, 'openTree').map((one) => one.slot)).toEqual([1, 1])
  })

  test('a privileged process may write', () => {
    const input = { process: { privileged: true } }
    expect(stepsNamed(mounts(input, { cgroups: v2 }), 'setAttr')).toMatchObject([{ set: SAFE }])
    expect(stepsNamed(mounts(input, { cgroups: v1 }), 'setAttr').map((one) => one.set)).toEqual([SAFE, SAFE])
  })

  test("with the host's cgroup namespace it is the host's whole view, where the host has one", () => {
    const input = { namespaces: { cgroup: 'host' } }
    expect(mounts(input, { cgroups: v2 })).toEqual([
      step.openTree({ slot: 0, flags: OPEN_TREE_CLONE | AT_RECURSIVE, path: '/sys/fs/cgroup' }),
      step.setAttr({ slot: 0, set: SAFE | MOUNT_ATTR_RDONLY, propagation: MS_PRIVATE, recursive: true }),
      step.mount({ slot: 0, create: true, nofollow: true, target: '/sys/fs/cgroup' }),
    ])
    expect(mounts(input, { hostHasCgroups: false })).toEqual([])
  })

  test("nothing is done without groups, and where the host's /sys is bound", () => {
    expect(mounts({})).toEqual([])
    expect(mounts({}, { cgroups: v1, hostSys: true })).toEqual([])
    expect(mounts({ namespaces: { cgroup: 'host' } }, { hostSys: true })).toEqual([])
  })
})

test('the folders are those of the groups: by controller, or the leaf of v2', () => {
  expect(cgroupFolders(groupsOf(V2).paths)).toEqual([['', '/sys/fs/cgroup/execd/box/init']])
  expect(cgroupFolders(groupsOf(V1).paths)).toEqual(
    ['cpuacct', 'memory', 'devices', 'freezer', 'pids'].map((name) => [
      name,
      `/sys/fs/cgroup/${name}/execd/box`,
    ]),
  )
})

describe('when the groups are made', () => {
  test('first: before the child, which joins them', () => {
    const groups = groupsOf(V1)
    expect(groupsFirst(groups)).toEqual({ host: groups.host, parent: [], join: groups.child })
    expect(groupsFirst(null)).toEqual({ host: [], parent: [], join: [] })
  })

  test('meanwhile: by the same steps but for the files to join by, in the phase PARENT', () => {
    const limits = [{ controller: 'pids', file: 'pids.max', data: '9', field: 'resources.pids.limit' }]
    const groups = groupsOf(V1, limits)
    const { host, parent, join } = groupsMeanwhile(groups)
    expect(host).toEqual([])
    const expected = groups.host.filter((one) => !(one.name === 'open' && one.path === 'tasks'))
    expect(groups.host.length - expected.length).toBe(5)
    expect(parent).toEqual(expected.map((one) => ({ ...one, phase: 'parent' })))
    expect(parent).toContainEqual(expect.objectContaining({ name: 'write', file: 'pids.max', data: '9' }))
    expect(join).toEqual([
      step.barrier(),
      ...['cpuacct', 'memory', 'devices', 'freezer', 'pids'].map((name) =>
        step.write({ dir: -1, file: `/sys/fs/cgroup/${name}/execd/box/tasks`, data: '0' }),
      ),
    ])
  })

  test('meanwhile: a group of two controllers is joined once', () => {
    const parents = [{ controllers: ['cpu', 'cpuacct'], top: '/cg/cpu,cpuacct', names: [] }]
    const { join } = groupsMeanwhile(groupsOf({ ...V1, parents }))
    expect(join).toEqual([
      step.barrier(),
      step.write({ dir: -1, file: '/cg/cpu,cpuacct/box/tasks', data: '0' }),
    ])
  })
})
