import { describe, expect, test } from '@jest/globals'
import { buildRunPlan, firstIds, pipeOwner, type RunPlanInput } from '../../dist/isolation/run-plan.js'
import {
  CLONE_NEWCGROUP,
  CLONE_NEWIPC,
  CLONE_NEWNET,
  CLONE_NEWNS,
  CLONE_NEWPID,
  CLONE_NEWUSER,
  CLONE_NEWUTS,
  MS_REC,
  MS_SLAVE,
} from '../../dist/linux/constants.js'
import { encodePlan } from '../../dist/plan/encode.js'
import { type Step, step } from '../../dist/plan/steps.js'
import {
  commandOf,
  groupsOf,
  indexOf,
  ONE_ID,
  only,
  place,
  RANGES,
  ROOT,
  runInput,
  stepsNamed,
  USER,
  V1,
  V2,
} from './support/inputs.js'

const ALL = CLONE_NEWNS | CLONE_NEWPID | CLONE_NEWIPC | CLONE_NEWUTS | CLONE_NEWNET
const plan = (input: object = {}, more: Partial<RunPlanInput> = {}) =>
  buildRunPlan(runInput(commandOf({ ...input }), more))
const stepsOf = (...args: Parameters<typeof plan>) => plan(...args).steps
const phases = (steps: readonly Step[], phase: string) => steps.filter((one) => one.phase === phase)
const limits = [{ controller: 'pids', file: 'pids.max', data: '9', field: 'resources.pids.limit' }]

describe('the cgroup', () => {
  const unsharesCgroup = (one: Step) => one.name === 'unshare' && one.flags === CLONE_NEWCGROUP

  test('of v1 is made while the child works, which makes the network namespace itself', () => {
    const groups = groupsOf(V1, limits)
    const { steps } = plan({}, { cgroup: groups })
    expect(phases(steps, 'host')).toEqual([
      step.clone({ flags: ALL & ~CLONE_NEWNET, sync: false, cgroupSlot: -1 }),
    ])
    expect(phases(steps, 'parent').map((one) => one.name)).toEqual(
      [...groups.host.filter((one) => !(one.name === 'open' && one.path === 'tasks')), ...groups.watch].map(
        (one) => one.name,
      ),
    )
    const [first] = phases(steps, 'child')
    expect(first).toEqual(step.unshare({ flags: CLONE_NEWNET }))
    const barrier = place(steps, 'barrier')
    const joins = indexOf(steps, (one) => one.name === 'write' && one.phase === 'child')
    expect(joins).toBe(barrier + 1)
    // joined by path: the host's root must still be in sight; the cgroup namespace begins at the group joined
    expect(barrier).toBeGreaterThan(place(steps, 'nullDevice'))
    expect(barrier).toBeLessThan(place(steps, 'pivot'))
    expect(indexOf(steps, unsharesCgroup)).toBe(barrier + 6)
    const shown = indexOf(steps, (one) => one.name === 'mount' && one.target === '/sys/fs/cgroup/memory')
    expect(shown).toBeGreaterThan(indexOf(steps, unsharesCgroup))
  })

  test.each<[string, object, Partial<RunPlanInput>]>([
    ['v1 when Node has a word to say', {}, { cgroup: groupsOf(V1), sync: true }],
    ['v1 with a user namespace', {}, { cgroup: groupsOf(V1), userNamespace: RANGES }],
    ['v2', {}, { cgroup: groupsOf(V2) }],
    ['v2 with a word and a user namespace', {}, { cgroup: groupsOf(V2), sync: true, userNamespace: RANGES }],
    ['none', {}, {}],
  ])('is made first: %s', (_, input, more) => {
    const { steps } = plan(input, more)
    expect(stepsNamed(steps, 'barrier')).toEqual([])
    expect(phases(steps, 'host').slice(0, -1)).toEqual(more.cgroup?.host ?? [])
    const clone = only(steps, 'clone')
    expect(clone.flags & ALL).toBe(ALL)
    expect(clone.cgroupSlot).toBe(more.cgroup?.cgroupSlot ?? -1)
    expect(clone.sync).toBe(more.sync ?? false)
    const child = phases(steps, 'child')
    const joined = more.cgroup?.child ?? []
    expect(child.slice(0, joined.length)).toEqual(joined)
    expect(child[joined.length]).toEqual(step.unshare({ flags: CLONE_NEWCGROUP }))
  })

  test('the cgroup namespace is left alone when it is the host’s', () => {
    for (const cgroup of [groupsOf(V1), groupsOf(V2), null])
      expect(stepsOf({ namespaces: { cgroup: 'host' } }, { cgroup }).some(unsharesCgroup)).toBe(false)
  })

  test('a network that is not its own is not made by the child either', () => {
    const { steps } = plan({ network: { mode: 'host' } }, { cgroup: groupsOf(V1) })
    expect(only(steps, 'clone').flags).toBe(ALL & ~CLONE_NEWNET)
    expect(stepsNamed(steps, 'unshare').map((one) => one.flags)).toEqual([CLONE_NEWCGROUP])
    expect(stepsNamed(steps, 'loopback')).toEqual([])
  })

  test('its slots are used by nothing else, its counters are read and its groups removed', () => {
    for (const place of [V1, V2]) {
      const cgroup = groupsOf(place, limits)
      const built = plan({}, { cgroup })
      const own = (['open', 'openTree', 'fsmount'] as const)
        .flatMap((name) => stepsNamed(built.steps, name))
        .filter((one) => one.phase === 'child')
      expect(Math.min(...own.map((one) => one.slot))).toBe(cgroup.nextSlot)
      expect(phases(built.steps, 'report')).toEqual(cgroup.report)
      expect(phases(built.steps, 'cleanup')).toEqual(cgroup.cleanup)
      expect(built.limits).toBe(limits)
    }
  })
})

describe('the user namespace', () => {
  const written = (more: Partial<RunPlanInput>, input: object = {}) =>
    stepsNamed(stepsOf(input, more), 'writeChild').map(({ file, data }) => `${file} ${String(data)}`)

  test('of one id is written by the monitor, with setgroups denied first', () => {
    expect(written({ userNamespace: ONE_ID, host: USER })).toEqual([
      'setgroups deny',
      'uid_map 0 1000 1\n',
      'gid_map 0 1001 1\n',
    ])
  })

  test('of root is written by the monitor, with setgroups allowed', () => {
    const userNamespace = { ...RANGES, writer: 'monitor' } as const
    expect(written({ userNamespace })).toEqual([
      'uid_map 0 1000 1\n1 100000 65536\n',
      'gid_map 0 1001 1\n1 200000 65536\n',
    ])
  })

  test('of ranges is written by newuidmap', () => {
    expect(written({ userNamespace: RANGES, host: USER })).toEqual([])
  })

  test('the out-of-memory score is set from outside', () => {
    expect(written({}, { process: { oomScoreAdj: -5 } })).toEqual(['oom_score_adj -5'])
    expect(written({})).toEqual([])
  })

  test('is made with the child, which becomes its first ids before it mounts', () => {
    const { steps } = plan({}, { userNamespace: RANGES, host: USER })
    expect(only(steps, 'clone').flags).toBe(ALL | CLONE_NEWUSER)
    expect(only(steps, 'setIds')).toMatchObject({ uid: 0, gid: 0 })
    expect(place(steps, 'setIds')).toBeLessThan(place(steps, 'propagate'))
    expect(stepsNamed(stepsOf({}, { userNamespace: ONE_ID, host: USER }), 'setIds')).toEqual([])
    expect(stepsNamed(stepsOf(), 'setIds')).toEqual([])
  })

  test('group tty has to be mapped to own the terminals', () => {
    const options = (more: Partial<RunPlanInput>) =>
      stepsNamed(stepsOf({}, more), 'fsmount').find((one) => one.type === 'devpts')?.options
    expect(options({})).toContainEqual(['gid', '5'])
    expect(options({ userNamespace: RANGES })).toContainEqual(['gid', '5'])
    expect(options({ userNamespace: ONE_ID })).not.toContainEqual(['gid', '5'])
  })

  test('gives every capability over itself, outside of it only what this process has', () => {
    const host = { ...ROOT, capabilities: 1n }
    const mask = (more: Partial<RunPlanInput>) => only(stepsOf({}, { host, ...more }), 'bound').mask
    expect(mask({})).toBe(1n)
    expect(mask({ userNamespace: RANGES })).toBe(0xa80425fbn)
  })

  test('setgroups that is denied is not called', () => {
    const flags = (more: Partial<RunPlanInput>) => only(stepsOf({}, more), 'user').flags ?? 0
    expect(flags({ userNamespace: ONE_ID }) & 3).toBe(2)
    expect(flags({ userNamespace: RANGES }) & 3).toBe(1)
    expect(flags({}) & 3).toBe(1)
  })
})

describe('firstIds and pipeOwner', () => {
  const shifted = {
    uid: [{ containerID: 5, hostID: 1005, size: 2 }],
    gid: [{ containerID: 7, hostID: 2007, size: 1 }],
    writer: 'monitor',
    denySetgroups: false,
  } as const
  const remapped = {
    ...shifted,
    uid: [
      { containerID: 10, hostID: 9, size: 1 },
      { containerID: 0, hostID: 100_000, size: 10 },
    ],
  } as const

  test('root where it is mapped, else the first id; none without a namespace, or with one id', () => {
    expect(firstIds(null)).toBeNull()
    expect(firstIds(ONE_ID)).toBeNull()
    expect(firstIds(RANGES)).toEqual({ uid: 0, gid: 0 })
    expect(firstIds(shifted)).toEqual({ uid: 5, gid: 7 })
    expect(firstIds(remapped)).toEqual({ uid: 0, gid: 7 })
  })

  test('pipes are given to these ids, as the host sees them, by root only', () => {
    expect(pipeOwner(shifted, ROOT)).toEqual({ uid: 1005, gid: 2007 })
    expect(pipeOwner(remapped, ROOT)).toEqual({ uid: 100_000, gid: 2007 })
    expect(pipeOwner(RANGES, USER)).toBeNull()
    expect(pipeOwner(ONE_ID, USER)).toBeNull()
    expect(pipeOwner(null, ROOT)).toBeNull()
  })
})

describe('the order', () => {
  const full = {
    network: { mode: 'none' },
    process: { args: ['true'], terminal: true },
    mounts: [{ type: 'tmpfs', destination: '/cache' }],
    sysctl: { 'net.ipv4.ip_forward': '1' },
    domainname: 'd',
    rootfs: { type: 'directory', path: '/srv/root', readonly: true },
  }

  test('the mounts are cut off from the host before anything is mounted', () => {
    const { steps } = plan(full)
    expect(only(steps, 'propagate').flags).toBe(MS_REC | MS_SLAVE)
    for (const name of ['fsmount', 'mount', 'root'] as const)
      expect(place(steps, 'propagate')).toBeLessThan(place(steps, name))
  })

  test('but sources that share with the host are cloned before that', () => {
    const mounts = ['shared', 'rshared', 'slave', 'private'].map((word) => ({
      type: 'bind',
      source: `/srv/${word}`,
      destination: `/mnt/${word}`,
      options: [word],
    }))
    for (const cgroup of [groupsOf(V1), groupsOf(V2), null]) {
      const { steps } = plan({ mounts }, { cgroup })
      const cut = place(steps, 'propagate')
      const cloned = (word: string) =>
        indexOf(steps, (one) => one.name === 'openTree' && one.path === `/srv/${word}`)
      expect(['shared', 'rshared'].every((word) => cloned(word) < cut)).toBe(true)
      expect(['slave', 'private'].every((word) => cloned(word) > cut)).toBe(true)
    }
  })

  test('root, own mounts, devices, cgroups, mounts of the command, terminal, paths, read-only, pivot', () => {
    for (const cgroup of [groupsOf(V1), groupsOf(V2)]) {
      const { steps } = plan(full, { cgroup })
      const mounted = (target: string) =>
        indexOf(steps, (one) => one.name === 'mount' && one.target === target)
      const root = only(steps, 'root')
      const readonlyRoot = steps.findLastIndex((one) => one.name === 'setAttr' && one.slot === root.slot)
      const order = [
        place(steps, 'root'),
        mounted('/proc'),
        mounted('/sys'),
        place(steps, 'nullDevice'),
        mounted('/sys/fs/cgroup'),
        mounted('/cache'),
        place(steps, 'pty'),
        place(steps, 'console'),
        place(steps, 'sysctl'),
        place(steps, 'mask'),
        place(steps, 'readonly'),
        readonlyRoot,
        place(steps, 'pivot'),
        place(steps, 'bound'),
      ]
      expect(order).toEqual(order.toSorted((a, b) => a - b))
      expect(place(steps, 'pivot')).toBe(readonlyRoot + 1)
    }
  })

  test('what is planned can be encoded, and each step has a line on what it is for', () => {
    for (const more of [{}, { cgroup: groupsOf(V1) }, { cgroup: groupsOf(V2), userNamespace: RANGES }]) {
      const { steps, about } = plan(full, more)
      expect(about).toHaveLength(steps.length)
      expect(encodePlan(steps).readUInt32LE(12)).toBe(steps.length)
      const silent = steps.filter((_, index) => about[index] === null)
      expect(silent.every((one) => one.phase === 'report' || one.phase === 'cleanup')).toBe(true)
    }
  })
})
