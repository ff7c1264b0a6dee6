import { describe, expect, test } from '@jest/globals'
import { addSharedNamespaces, cloneFlags, type FindPeer, joinFlags } from '../../dist/isolation/namespaces.js'
import {
  CLONE_NEWIPC,
  CLONE_NEWNET,
  CLONE_NEWNS,
  CLONE_NEWPID,
  CLONE_NEWUSER,
  CLONE_NEWUTS,
  O_NONBLOCK,
  O_RDONLY,
} from '../../dist/linux/constants.js'
import { step } from '../../dist/plan/steps.js'
import { built, commandOf } from './support/inputs.js'

const ALL = CLONE_NEWNS | CLONE_NEWPID | CLONE_NEWIPC | CLONE_NEWUTS | CLONE_NEWNET
const NETWORKS = [
  ['none', { mode: 'none' }],
  ['bridge', { mode: 'bridge', interfaces: [{ bridge: 'br0' }] }],
  ['host', { mode: 'host' }],
  ['container', { mode: 'container', container: 'other' }],
  ['path', { mode: 'path', path: '/run/netns/x' }],
] as const
const FLAG = { pid: CLONE_NEWPID, ipc: CLONE_NEWIPC, uts: CLONE_NEWUTS } as const
const MAPPED = {
  namespaces: {
    user: 'private',
    uidMappings: [{ containerID: 0, hostID: 100_000, size: 10 }],
    gidMappings: [{ containerID: 0, hostID: 100_000, size: 10 }],
  },
}
const KINDS = Object.keys(FLAG) as Array<keyof typeof FLAG>
const OTHERS = [
  ['host', 'host'],
  ['container', { container: 'other' }],
  ['path', { path: '/proc/7/ns/x' }],
] as const

describe('cloneFlags', () => {
  test('all that are private are new; the cgroup namespace is made later', () => {
    expect(cloneFlags(commandOf(), false)).toBe(ALL)
    expect(cloneFlags(commandOf(), true)).toBe(ALL | CLONE_NEWUSER)
    expect(cloneFlags(commandOf({ namespaces: { cgroup: 'host' } }), false)).toBe(ALL)
  })

  test.each(KINDS.flatMap((kind) => OTHERS.map(([name, value]) => [kind, name, value] as const)))(
    'a %s namespace of kind %s is not made',
    (kind, _, value) => {
      expect(cloneFlags(commandOf({ namespaces: { [kind]: value } }), false)).toBe(ALL & ~FLAG[kind])
    },
  )

  test.each(NETWORKS)('network %s', (mode, network) => {
    const own = mode === 'none' || mode === 'bridge'
    expect(cloneFlags(commandOf({ network }), false)).toBe(own ? ALL : ALL & ~CLONE_NEWNET)
  })
})

describe('joinFlags', () => {
  test('an exec joins all that are not the host’s; the cgroup and user namespaces are joined later', () => {
    expect(joinFlags(commandOf())).toBe(ALL)
    expect(joinFlags(commandOf({ namespaces: { cgroup: 'host' } }))).toBe(ALL)
  })

  test.each(KINDS.flatMap((kind) => OTHERS.map(([name, value]) => [kind, name, value] as const)))(
    '%s, %s',
    (kind, name, value) => {
      const flags = joinFlags(commandOf({ namespaces: { [kind]: value } }))
      // one that is shared with another container has to be joined as well
      expect(flags).toBe(name === 'host' ? ALL & ~FLAG[kind] : ALL)
    },
  )

  test.each(NETWORKS)('network %s', (mode, network) => {
    expect((joinFlags(commandOf({ network })) & CLONE_NEWNET) !== 0).toBe(mode !== 'host')
  })
})

describe('addSharedNamespaces', () => {
  const peers: FindPeer = (id) =>
    id === 'gone'
      ? undefined
      : { pid: 77, startTime: 123n, ownUserNamespace: id === 'ruled', mayTrace: id === 'tracer' }
  const added = (input: object) => {
    let result: string | null = ''
    const plan = built((builder) => {
      result = addSharedNamespaces(builder, commandOf({ ...input }), peers)
    })
    return { ...plan, result }
  }

  test('the pid namespace of one that may trace is not joined, its others are', () => {
    const of = (kind: string) => () => added({ namespaces: { [kind]: { container: 'tracer' } } })
    expect(of('pid')).toThrow(expect.objectContaining({ code: 'EXECD_NAMESPACE' }))
    expect(of('ipc')().result).toBeNull()
  })

  test('private ones and those of the host need nothing', () => {
    expect(added({}).steps).toEqual([])
    expect(
      added({ namespaces: { pid: 'host', ipc: 'host', uts: 'host' }, network: { mode: 'host' } }),
    ).toMatchObject({
      steps: [],
      result: null,
    })
  })

  test('those of another container are joined by its first process, checked by start time', () => {
    const { steps, about, result } = added({
      namespaces: { pid: { container: 'other' }, uts: { container: 'other' } },
      network: { mode: 'container', container: 'other' },
    })
    expect(result).toBeNull()
    expect(steps).toEqual([
      step.pidfd({ slot: 0, pid: 77, startTime: 123n }),
      step.setns({ phase: 'host', slot: 0, flags: CLONE_NEWPID }),
      step.pidfd({ slot: 1, pid: 77, startTime: 123n }),
      step.setns({ phase: 'host', slot: 1, flags: CLONE_NEWUTS }),
      step.pidfd({ slot: 2, pid: 77, startTime: 123n }),
      step.setns({ phase: 'host', slot: 2, flags: CLONE_NEWNET }),
    ])
    const fields = ['namespaces.pid', 'namespaces.uts', 'network.container']
    expect(about.map((one) => one?.field)).toEqual(fields.flatMap((field) => [field, field]))
    expect(about.every((one) => one?.code === 'EXECD_NAMESPACE')).toBe(true)
  })

  test('those behind a file are opened and joined, and the kernel checks the kind', () => {
    const { steps, about } = added({
      namespaces: { ipc: { path: '/proc/7/ns/ipc' } },
      network: { mode: 'path', path: '/run/netns/x' },
    })
    expect(steps).toEqual([
      step.open({ phase: 'host', slot: 0, flags: O_RDONLY | O_NONBLOCK, path: '/proc/7/ns/ipc' }),
      step.setns({ phase: 'host', slot: 0, flags: CLONE_NEWIPC }),
      step.open({ phase: 'host', slot: 1, flags: O_RDONLY | O_NONBLOCK, path: '/run/netns/x' }),
      step.setns({ phase: 'host', slot: 1, flags: CLONE_NEWNET }),
    ])
    expect(about.map((one) => one?.field)).toEqual([
      ...['namespaces.ipc', 'namespaces.ipc'],
      ...['network.path', 'network.path'],
    ])
  })

  test.each([
    ['namespaces.pid', { namespaces: { pid: { container: 'ruled' } } }],
    ['namespaces.ipc', { namespaces: { ipc: { container: 'ruled' } } }],
    ['namespaces.uts', { namespaces: { uts: { container: 'ruled' } } }],
    ['network.container', { network: { mode: 'container', container: 'ruled' } }],
    ['network.container', { ...MAPPED, network: { mode: 'container', container: 'ruled' } }],
  ])('those that the root of another user namespace rules are refused: %s', (field, input) => {
    expect(() => added(input)).toThrow(
      expect.objectContaining({
        code: 'EXECD_NAMESPACE',
        message: expect.stringMatching(/has a user namespace of its own/),
        hint: expect.stringMatching(/user: 'host'/),
        details: expect.objectContaining({ path: field, container: 'box', got: 'ruled' }),
      }),
    )
  })

  test.each([
    ['namespaces.pid', { namespaces: { pid: { container: 'gone' } } }],
    ['namespaces.ipc', { namespaces: { ipc: { container: 'gone' } } }],
    ['namespaces.uts', { namespaces: { uts: { container: 'gone' } } }],
    ['network.container', { network: { mode: 'container', container: 'gone' } }],
  ])('a container that does not run is named by its field: %s', (field, input) => {
    expect(added(input).result).toBe(field)
  })
})
