import { readFileSync } from 'node:fs'
import type { Container } from '@execd/core'
import { expect } from '@jest/globals'
import { Bridge } from '../../network/support.js'
import { textOf } from '../support/streams.js'
import type { Suite } from '../support/suite.js'
import { type FieldCase, type FieldCases, namespaceOf, shows, whileRunning } from './field-case.js'

const peers = new WeakMap<Suite, Container>()

/** A container to share with; ended with the test. */
async function peer(suite: Suite): Promise<Container> {
  const container = await suite.idle()
  peers.set(suite, container)
  return container
}

/** A container with an interface at a bridge that lives as long as the case. */
function atBridge(live: (container: Container, bridge: Bridge) => unknown): FieldCase {
  let bridge: Bridge | null = null
  return {
    command: (suite) => {
      bridge = new Bridge(9)
      return suite.command(['sleep', '1000'], { network: bridge.at(7) })
    },
    live: (container) => (bridge === null ? undefined : live(container, bridge)),
    after: () => bridge?.remove(),
  }
}

const own = (name: string) => (container: Container) =>
  expect(namespaceOf(container.pid, name)).not.toBe(namespaceOf('self', name))
const hosts = (name: string) => (container: Container) =>
  expect(namespaceOf(container.pid, name)).toBe(namespaceOf('self', name))
const shared = (name: string) => (container: Container, suite: Suite) => {
  const other = peers.get(suite)?.pid ?? 0
  expect(namespaceOf(container.pid, name)).toBe(namespaceOf(other, name))
  expect(namespaceOf(container.pid, name)).not.toBe(namespaceOf('self', name))
}

function choices(name: 'pid' | 'ipc' | 'uts'): FieldCases {
  const choice = (value: 'private' | 'host'): FieldCase =>
    whileRunning({ namespaces: { [name]: value } }, value === 'private' ? own(name) : hosts(name))
  return {
    [`namespaces.${name}=private`]: choice('private'),
    [`namespaces.${name}=host`]: choice('host'),
    [`namespaces.${name}=container`]: whileRunning(
      async (suite) => ({ namespaces: { [name]: { container: (await peer(suite)).id } } }),
      shared(name),
    ),
    [`namespaces.${name}=path`]: whileRunning(
      async (suite) => ({ namespaces: { [name]: { path: `/proc/${(await peer(suite)).pid}/ns/${name}` } } }),
      shared(name),
    ),
  }
}

const uidMappings = [
  { containerID: 0, hostID: 200_000, size: 1000 },
  { containerID: 2000, hostID: 300_000, size: 10 },
]
const gidMappings = [{ containerID: 0, hostID: 400_000, size: 3000 }]
const mapped = { namespaces: { user: 'private', uidMappings, gidMappings } } as const

const map = (pid: number, kind: string): string =>
  readFileSync(`/proc/${pid}/${kind}`, 'utf8').trim().replace(/ +/g, ' ')

/** Every namespace, host and domain name, and the network. */
export const namespaceCases: FieldCases = {
  hostname: shows(
    'hostname; cat /proc/sys/kernel/hostname',
    { hostname: 'inside.example' },
    'inside.example\ninside.example',
  ),
  domainname: shows('cat /proc/sys/kernel/domainname', { domainname: 'nis.example' }, 'nis.example'),
  ...choices('pid'),
  ...choices('ipc'),
  ...choices('uts'),
  'namespaces.cgroup=private': shows(
    'cut -d: -f3 /proc/self/cgroup | sort -u',
    { namespaces: { cgroup: 'private' } },
    /^\/(init)?$|^\/\n\/\.\.$/,
  ),
  'namespaces.cgroup=host': {
    command: (suite) => suite.script('cat /proc/self/cgroup', { namespaces: { cgroup: 'host' } }),
    done: ({ stdout, id }, suite) =>
      expect(stdout).toMatch(new RegExp(`${suite.parent}/(${id}|pool-[0-9a-f]{8})(/init)?\n`)),
  },
  'namespaces.user=auto': whileRunning({ namespaces: { user: 'auto' } }, hosts('user')),
  'namespaces.user=host': whileRunning({ namespaces: { user: 'host' } }, hosts('user')),
  'namespaces.user=private': whileRunning(mapped, (container) => {
    own('user')(container)
    const ids = readFileSync(`/proc/${container.pid}/status`, 'utf8')
    expect(ids).toMatch(/^Uid:\t200000\t200000\t200000\t200000$/m)
    expect(ids).toMatch(/^Gid:\t400000\t400000\t400000\t400000$/m)
  }),
  'namespaces.uidMappings': whileRunning(mapped, ({ pid }) =>
    expect(
      map(pid, 'uid_map')
        .split('\n')
        .map((line) => line.trim()),
    ).toEqual(['0 200000 1000', '2000 300000 10']),
  ),
  'namespaces.gidMappings': whileRunning(mapped, ({ pid }) =>
    expect(map(pid, 'gid_map')).toBe('0 400000 3000'),
  ),
  'network.mode=none': shows(
    "ip -o link | cut -d' ' -f2; ping -c1 -w3 127.0.0.1 >/dev/null && echo up",
    { network: { mode: 'none' } },
    'lo:\nup',
  ),
  'network.mode=host': whileRunning({ network: { mode: 'host' } }, hosts('net')),
  'network.mode=container': whileRunning(
    async (suite) => ({ network: { mode: 'container', container: (await peer(suite)).id } }),
    shared('net'),
  ),
  'network.container': {
    command: async (suite) => {
      const { id } = await peer(suite)
      return suite.command(['sleep', '1000'], { network: { mode: 'container', container: id } })
    },
    live: shared('net'),
  },
  'network.mode=path': whileRunning(
    async (suite) => ({ network: { mode: 'path', path: `/proc/${(await peer(suite)).pid}/ns/net` } }),
    shared('net'),
  ),
  'network.path': whileRunning(
    async (suite) => ({ network: { mode: 'path', path: `/proc/${(await peer(suite)).pid}/ns/net` } }),
    shared('net'),
  ),
  'network.mode=bridge': atBridge(({ pid }, bridge) => {
    own('net')({ pid } as Container)
    expect(bridge.ports()).toHaveLength(1)
  }),
  'network.interfaces': atBridge(async (container, bridge) => {
    expect(bridge.ofPort('ifalias')).toMatch(new RegExp(`^execd:${container.id}(:owner .*)?$`))
    const execution = await container.exec({ args: ['ip', '-o', '-4', 'addr', 'show', 'eth0'] })
    expect(await textOf(execution.stdout)).toMatch(/inet 10\.203\.9\.7\/24 /)
  }),
}
