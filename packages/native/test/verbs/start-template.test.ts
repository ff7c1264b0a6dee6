import { type Command, resolveCommand } from '@execd/core/driver'
import type { CgroupPlace } from '@execd/linux/cgroup'
import { beforeEach, describe, expect, test } from '@jest/globals'
import type { ContainerGroups } from '../../dist/cgroup/container-groups.js'
import { cgroupSteps } from '../../dist/cgroup/plan.js'
import { buildRunPlan } from '../../dist/isolation/run-plan.js'
import { encodePlan } from '../../dist/plan/encode.js'
import { isRepeatable, StartTemplate, StartTemplates, standInFor } from '../../dist/verbs/start-template.js'
import { ONE_ID, runInput, V1, V2 } from '../isolation/support/inputs.js'

const WISHES = {
  ownedStdio: [false, true, true],
  prestart: false,
  outputs: [],
  tag: 'owner a',
  records: null,
  folder: null,
} as const

function groupsOf(place: CgroupPlace, id: string): ContainerGroups {
  const writes = [{ controller: 'pids', file: 'pids.max', data: '9', field: 'resources.pids.limit' }]
  return { writes, ...cgroupSteps({ place, id, writes, cpusetChain: null, firstSlot: 0 }) }
}

type Kind = 'v1' | 'v2' | 'none' | 'user'

function decided(command: Command, kind: Kind) {
  const cgroup = kind === 'v1' ? groupsOf(V1, command.id) : kind === 'v2' ? groupsOf(V2, command.id) : null
  const userNamespace = kind === 'user' ? ONE_ID : null
  const plan = buildRunPlan(runInput(command, { cgroup, userNamespace, ownedStdio: WISHES.ownedStdio }))
  return {
    plan,
    cgroups: cgroup?.paths ?? null,
    reportKeys: cgroup?.reportKeys ?? [],
    userNamespace,
    pipeOwner: null,
    links: [],
  }
}

function templateOf(command: Command, kind: Kind): StartTemplate {
  const standIn = standInFor(command.id)
  return new StartTemplate(command, standIn, WISHES, decided({ ...command, id: standIn }, kind))
}

const input = (id: string, process: object = {}, more: object = {}) => ({
  id,
  rootfs: '/srv/root',
  process: { args: ['true'], ...process },
  ...more,
})

const COMMANDS: Readonly<Record<string, object>> = {
  'the least': {},
  'a terminal': { process: { args: ['sh'], terminal: true } },
  'all sorts': {
    hostname: 'box',
    init: true,
    rootfs: { type: 'overlay', lower: ['/a', '/b'] },
    mounts: [{ type: 'bind', source: '/data', destination: '/data', options: ['ro'] }],
    process: {
      args: ['a', 'b'],
      env: { A: 'stand-in' },
      user: '1000',
      rlimits: [{ type: 'RLIMIT_CORE', soft: 0 }],
    },
    sysctl: { 'net.ipv4.ip_forward': '0' },
  },
}

describe('the start of a command from a template', () => {
  test.each(
    Object.keys(COMMANDS).flatMap((name) =>
      (['v1', 'v2', 'none', 'user'] as const).map((kind) => [name, kind] as const),
    ),
  )('%s, groups %s: the same bytes, steps and groups as planned by itself', (name, kind) => {
    const first = resolveCommand({ ...input('first-000001'), ...COMMANDS[name] })
    const second = resolveCommand({
      ...input('second-00002'),
      ...COMMANDS[name],
      process: {
        ...(COMMANDS[name] as { process?: object }).process,
        args: ['other', 'words'],
        env: { B: '2' },
      },
    })
    const template = templateOf(first, kind)
    const start = template.startOf(second)
    const direct = decided(second, kind)
    expect(start.encode()).toEqual(encodePlan(direct.plan.steps))
    expect(start.plan().steps).toEqual(direct.plan.steps)
    expect(start.plan().about).toHaveLength(direct.plan.steps.length)
    expect(start.cgroups).toEqual(direct.cgroups)
    expect(start.reportKeys).toEqual(direct.reportKeys)
  })

  test('a host name that is the id, of the longest id', () => {
    const id = 'i'.repeat(64)
    const start = templateOf(resolveCommand(input('f'.repeat(64))), 'v1').startOf(resolveCommand(input(id)))
    expect(start.plan().steps).toContainEqual({ name: 'hostname', phase: 'child', value: id })
  })
})

describe('which commands a template is for', () => {
  let first: Command
  let templates: StartTemplates
  beforeEach(() => {
    first = resolveCommand(input('first-000001', { user: '7', env: { Z: '0' } }))
    templates = new StartTemplates()
    templates.remember(templateOf(first, 'v1'))
  })
  const recalled = (command: Command, wishes: Parameters<StartTemplates['recall']>[1] = WISHES) =>
    templates.recall(command, wishes) !== null

  test('those that share its parts', () => {
    expect(recalled(first)).toBe(true)
    expect(
      recalled(
        resolveCommand(
          input('other-000001', { user: '7', args: ['x'], env: { A: '1' } }, { labels: { a: 'b' } }),
        ),
      ),
    ).toBe(true)
  })

  test('no others', () => {
    expect(recalled(resolveCommand(input('other-000001', { user: '8', env: { A: '1' } })))).toBe(false)
    expect(
      recalled(resolveCommand(input('other-000001', { user: '7', env: { A: '1' } }, { hostname: 'x' }))),
    ).toBe(false)
    expect(recalled(resolveCommand(input('longer-000001', { user: '7', env: { A: '1' } })))).toBe(false)
    expect(recalled(first, { ...WISHES, prestart: true })).toBe(false)
    expect(recalled(first, { ...WISHES, ownedStdio: [true, true, true] })).toBe(false)
  })

  test('the latest are kept', () => {
    const many = new StartTemplates()
    const commands = Array.from({ length: 30 }, (_, n) =>
      resolveCommand(input('some-0000001', { user: String(n) })),
    )
    for (const command of commands) many.remember(templateOf(command, 'none'))
    expect(commands.map((command) => many.recall(command, WISHES) !== null)).toEqual(
      commands.map((_, n) => n >= 14),
    )
  })
})

describe('isRepeatable', () => {
  test.each([
    ['a short id', { id: 'short' }],
    ['an id that would be cut as the host name', { id: 'x'.repeat(65) }],
    ['a network with links', { network: { mode: 'bridge', interfaces: [{ bridge: 'br0' }] } }],
    ["another container's network", { network: { mode: 'container', container: 'a' } }],
    ["another container's namespace", { namespaces: { pid: { container: 'a' } } }],
    ['a parent of its groups', { cgroupParent: '/mine' }],
    ['a set of processors, which depends on the group above', { resources: { cpu: { cpusetCpus: '0' } } }],
    ['every device of the host', { process: { args: ['true'], privileged: true } }],
    ['a device that is looked up', { devices: { created: [{ path: '/dev/fuse' }] } }],
    [
      'a mount that propagates, which the host must allow',
      { mounts: [{ type: 'bind', source: '/a', destination: '/a', options: ['rslave'] }] },
    ],
  ])('%s: no', (_, more) => {
    expect(isRepeatable(resolveCommand({ ...input('some-0000001'), ...more }))).toBe(false)
  })

  test.each([
    ['the least', {}],
    ["the host's network", { network: { mode: 'host' } }],
    [
      'a device with its numbers',
      { devices: { created: [{ path: '/dev/x', type: 'c', major: 1, minor: 3 }] } },
    ],
    ['a bind', { mounts: [{ type: 'bind', source: '/a', destination: '/a' }] }],
  ])('%s: yes', (_, more) => {
    expect(isRepeatable(resolveCommand({ ...input('some-0000001'), ...more }))).toBe(true)
  })

  test('a command that somebody could still change: no', () => {
    expect(isRepeatable({ ...resolveCommand(input('some-0000001')) })).toBe(false)
  })
})
