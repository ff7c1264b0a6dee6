import { resolveProcess } from '@execd/core/driver'
import type { CgroupPlace } from '@execd/linux/cgroup'
import { describe, expect, test } from '@jest/globals'
import type { ContainerGroups } from '../../dist/cgroup/container-groups.js'
import { execCgroupSteps } from '../../dist/cgroup/plan.js'
import { buildExecPlan, type ExecPlanInput } from '../../dist/isolation/exec-plan.js'
import {
  CLONE_NEWCGROUP,
  CLONE_NEWIPC,
  CLONE_NEWNET,
  CLONE_NEWNS,
  CLONE_NEWPID,
  CLONE_NEWUSER,
  CLONE_NEWUTS,
  O_DIRECTORY,
  O_PATH,
  S_IFDIR,
} from '../../dist/linux/constants.js'
import { encodePlan } from '../../dist/plan/encode.js'
import { step } from '../../dist/plan/steps.js'
import {
  commandOf,
  groupsOf,
  ONE_ID,
  only,
  place,
  RANGES,
  ROOT,
  stepsNamed,
  USER,
  V1,
  V2,
} from './support/inputs.js'

const ALL = CLONE_NEWNS | CLONE_NEWPID | CLONE_NEWIPC | CLONE_NEWUTS | CLONE_NEWNET

/** An exec without limits of its own. */
const NOTHING = { writes: [], mirrored: [], late: [], cpusetChain: null }

function execGroups(of: CgroupPlace): ContainerGroups {
  const container = groupsOf(of).paths
  return { ...NOTHING, ...execCgroupSteps({ container, execId: 'e', ...NOTHING, firstSlot: 0 }) }
}

function plan(process: object = {}, more: Partial<ExecPlanInput> = {}) {
  return buildExecPlan({
    command: commandOf(),
    process: resolveProcess({ args: ['true'], ...process }),
    init: { pid: 77, startTime: 123n },
    user: { user: { number: 0 }, group: { number: 0 } },
    userNamespace: null,
    host: ROOT,
    unguarded: false,
    cgroup: null,
    seccomp: null,
    ownedStdio: [false, false, false],
    ...more,
  })
}
const stepsOf = (...args: Parameters<typeof plan>) => plan(...args).steps
const joins = (more: Partial<ExecPlanInput>) =>
  stepsNamed(stepsOf({}, more), 'setns').map(({ phase, flags }) => [phase, flags])

describe('namespaces', () => {
  test('the first process is found by pid and start time, and its namespaces joined before there is a child', () => {
    const steps = stepsOf()
    expect(steps.slice(0, 3)).toEqual([
      step.pidfd({ slot: 0, pid: 77, startTime: 123n }),
      step.setns({ phase: 'host', slot: 0, flags: ALL }),
      step.clone({ flags: 0, cgroupSlot: -1 }),
    ])
    expect(plan().about[0]?.code).toBe('EXECD_NOT_RUNNING')
  })

  test('the cgroup namespace is joined by the child, when it is in its group', () => {
    expect(joins({})).toEqual([
      ['host', ALL],
      ['child', CLONE_NEWCGROUP],
    ])
    expect(joins({ command: commandOf({ namespaces: { cgroup: 'host' } }) })).toEqual([['host', ALL]])
    for (const cgroup of [execGroups(V1), execGroups(V2)]) {
      const child = stepsOf({}, { cgroup }).filter((one) => one.phase === 'child')
      expect(child.slice(0, cgroup.child.length)).toEqual(cgroup.child)
      expect(child[cgroup.child.length]).toMatchObject({ name: 'setns', flags: CLONE_NEWCGROUP })
    }
  })

  test('the user namespace is joined last by root, first by an ordinary user', () => {
    expect(joins({ userNamespace: RANGES })).toEqual([
      ['host', ALL],
      ['child', CLONE_NEWCGROUP],
      ['child', CLONE_NEWUSER],
    ])
    for (const userNamespace of [RANGES, ONE_ID])
      expect(joins({ userNamespace, host: USER })).toEqual([
        ['host', ALL | CLONE_NEWUSER],
        ['child', CLONE_NEWCGROUP],
      ])
  })

  test('the child becomes the first ids of the user namespace, then the user', () => {
    const steps = stepsOf({}, { userNamespace: RANGES })
    expect(only(steps, 'setIds')).toMatchObject({ uid: 0, gid: 0 })
    expect(place(steps, 'setIds')).toBeLessThan(place(steps, 'user'))
    expect(stepsNamed(stepsOf({}, { userNamespace: ONE_ID, host: USER }), 'setIds')).toEqual([])
    expect(stepsNamed(stepsOf(), 'setIds')).toEqual([])
  })
})

describe('the cgroup', () => {
  test.each([
    ['v1', V1],
    ['v2', V2],
  ])('of %s is made and opened before the monitor enters the container', (_, of) => {
    const cgroup = execGroups(of)
    const { steps } = plan({}, { cgroup })
    const host = steps.filter((one) => one.phase === 'host')
    expect(host.slice(1, -2)).toEqual(cgroup.host)
    expect(host.slice(-2).map((one) => one.name)).toEqual(['setns', 'clone'])
    expect(only(steps, 'clone').cgroupSlot).toBe(cgroup.cgroupSlot)
    expect(only(steps, 'pidfd').slot).toBe(cgroup.nextSlot)
    expect(steps.filter((one) => one.phase === 'report')).toEqual(cgroup.report)
    expect(steps.filter((one) => one.phase === 'cleanup')).toEqual(cgroup.cleanup)
    expect(() => encodePlan(steps)).not.toThrow()
  })

  test('nothing of the clean-up is by path: the monitor has entered the container by then', () => {
    for (const cgroup of [execGroups(V1), execGroups(V2)]) {
      const removals = stepsNamed(stepsOf({}, { cgroup }), 'rmdir')
      expect(removals.length).toBeGreaterThan(0)
      expect(removals.every((one) => one.dir >= 0 && (one.guard ?? -1) >= 0)).toBe(true)
    }
  })
})

describe('the process', () => {
  const rights = ['bound', 'umask', 'noNewPrivs', 'env', 'user', 'capset']
  const own = ['session', 'keyring', 'pdeathsig', 'chdir']

  test.each([
    ['v1', V1],
    ['v2', V2],
  ])('has in a group of %s what a first process has, but no init', (_, of) => {
    const cgroup = execGroups(of)
    for (const command of [commandOf(), commandOf({ init: true })]) {
      const child = stepsOf({}, { cgroup, command }).filter((one) => one.phase === 'child')
      const names = child.slice(cgroup.child.length).map((one) => one.name)
      expect(names).toEqual(['setns', ...rights, ...own, 'exec'])
    }
  })

  test('has without a group a reaper of its own tree, with no more rights than the command', () => {
    for (const command of [commandOf(), commandOf({ init: true })]) {
      const steps = stepsOf({}, { command })
      expect(steps.slice(4).map((one) => one.name)).toEqual([...rights, 'init', ...own, 'exec'])
      expect(only(steps, 'init')).toMatchObject({ subreaper: true })
    }
    const seccomp = { program: Buffer.alloc(8), flags: 0 }
    const filtered = stepsOf({}, { seccomp })
    expect(place(filtered, 'seccomp')).toBeLessThan(place(filtered, 'init'))
    expect(place(stepsOf({ terminal: true }), 'pty')).toBeLessThan(place(stepsOf({ terminal: true }), 'init'))
  })

  test('a terminal of its own is made in the devpts of the container', () => {
    const steps = stepsOf({ terminal: true })
    expect(steps.slice(4, 6)).toEqual([
      step.open({ slot: 1, flags: O_PATH | O_DIRECTORY, type: S_IFDIR, path: '/dev/pts' }),
      step.pty({ slot: 1, rows: 24, columns: 80, uid: 0, gid: 0 }),
    ])
    const sized = stepsOf({ terminal: true, consoleSize: { height: 3, width: 4 } })
    expect(only(sized, 'pty')).toMatchObject({ rows: 3, columns: 4 })
    expect(stepsNamed(stepsOf(), 'pty')).toEqual([])
  })

  test('the out-of-memory score is set from outside', () => {
    const { steps, about } = plan({ oomScoreAdj: 10 })
    expect(only(steps, 'writeChild')).toMatchObject({ file: 'oom_score_adj', data: '10' })
    expect(about[place(steps, 'writeChild')]).toMatchObject({ field: 'process.oomScoreAdj' })
    expect(stepsNamed(stepsOf(), 'writeChild')).toEqual([])
  })

  test('capabilities are bounded by those of this process, but not in a user namespace', () => {
    const host = { ...ROOT, capabilities: 1n }
    expect(only(stepsOf({}, { host }), 'bound').mask).toBe(1n)
    expect(only(stepsOf({}, { host, userNamespace: RANGES }), 'bound').mask).toBe(0xa80425fbn)
  })

  test('setgroups that is denied is not called', () => {
    expect((only(stepsOf({}, { userNamespace: ONE_ID, host: USER }), 'user').flags ?? 0) & 3).toBe(2)
    expect((only(stepsOf(), 'user').flags ?? 0) & 3).toBe(1)
  })
})
