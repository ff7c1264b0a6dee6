import { fieldKeys, type Support } from '@execd/core/driver'
import type { CgroupFacts, CgroupPlace } from '@execd/linux/cgroup'
import { describe, expect, test } from '@jest/globals'
import { nativeCapabilities } from '../../dist/host/capabilities.js'
import type { HostFacts } from '../../dist/host/facts.js'
import { ROOT, USER, V1, V2 } from '../isolation/support/inputs.js'

const V1_FILES = [
  ...['limit_in_bytes', 'memsw.limit_in_bytes', 'soft_limit_in_bytes', 'swappiness', 'oom_control'].map(
    (name) => `memory.${name}`,
  ),
  ...['cpu.shares', 'cpu.cfs_period_us', 'cpu.cfs_quota_us', 'cpuset.cpus', 'cpuset.mems', 'pids.max'],
  ...['blkio.bfq.weight', 'blkio.bfq.weight_device'],
  ...['read_bps', 'write_bps', 'read_iops', 'write_iops'].map((name) => `blkio.throttle.${name}_device`),
]
const V2_FILES = [
  'memory.max',
  'memory.low',
  'memory.high',
  'memory.swap.max',
  'cpu.weight',
  'cpu.max',
].concat(['cpuset.cpus', 'cpuset.mems', 'pids.max', 'io.weight', 'io.max'])
const factsOf = (files: readonly string[]): CgroupFacts => ({
  files: new Set(files),
  swapAreas: false,
  hierarchical: true,
})
const MISSING = { reason: 'nothing is delegated', hint: 'systemd-run --user --scope' }

function capabilities(facts: HostFacts, place: CgroupPlace | null, files?: readonly string[]) {
  const layout = { version: place?.version ?? null, hierarchies: [], others: [], v2: null, own: {} }
  const known = files ?? (place === null ? [] : place.version === 1 ? V1_FILES : V2_FILES)
  return nativeCapabilities({
    facts,
    cgroups: { layout, place, missing: place === null ? MISSING : null, facts: factsOf(known) },
  })
}

/** The fields that are not simply there, in the order of the schema. */
const refused = (...args: Parameters<typeof capabilities>) => {
  const { fields } = capabilities(...args)
  return fieldKeys().filter((key) => fields[key] !== true)
}

const resources = fieldKeys().filter((key) => key.startsWith('resources.'))
const MODULES = ['process.apparmorProfile', 'process.selinuxLabel', 'mountLabel']
const FOR_USERS = [
  ...['pid', 'ipc', 'uts'].flatMap((name) => [`namespaces.${name}=container`, `namespaces.${name}=path`]),
  ...['namespaces.user=host', 'namespaces.pid=host'],
  ...['network.mode=container', 'network.mode=path', 'network.mode=bridge', 'network.interfaces'],
  ...['devices.allowed', 'devices.created', 'rootfs.idmap', 'mounts=idmap'],
]
const sorted = (...lists: string[][]) => lists.flat().toSorted()

describe('what is refused', () => {
  const ON_V1 = ['resources.unified']
  const ON_V2 = ['resources.memory.swappiness', 'resources.memory.disableOOMKiller']
  test.each<[string, HostFacts, CgroupPlace | null, string[]]>([
    ['root, v1', ROOT, V1, sorted(MODULES, ON_V1)],
    ['root, v2', ROOT, V2, sorted(MODULES, ON_V2)],
    ['user, v1', USER, V1, sorted(MODULES, ON_V1, FOR_USERS)],
    ['user, v2', USER, V2, sorted(MODULES, ON_V2, FOR_USERS)],
    ['user, no cgroup', USER, null, sorted(MODULES, FOR_USERS, [...resources], ['cgroupParent'])],
  ])('%s', (_, facts, place, expected) => {
    expect(refused(facts, place).toSorted()).toEqual(expected)
  })

  test('root without a cgroup: no limits', () => {
    const found = refused(ROOT, null)
    for (const key of [...MODULES, ...resources]) expect(found).toContain(key)
    for (const key of FOR_USERS.filter((name) => !name.startsWith('namespaces.pid=')))
      expect(found).not.toContain(key)
  })

  // Without a pid namespace of its own and without a cgroup nobody can find all processes of a container, whoever asks.
  test.each([
    ['root', ROOT],
    ['a user', USER],
  ])("without a cgroup the host's pid namespace is refused, for %s", (_, facts) => {
    expect(capabilities(facts, null).fields['namespaces.pid=host']).toMatchObject({
      reason: expect.stringContaining('could not all be killed'),
    })
  })

  test('every answer is for a field that there is, and every field has one', () => {
    for (const facts of [ROOT, USER])
      for (const place of [V1, V2, null])
        expect(Object.keys(capabilities(facts, place).fields).toSorted()).toEqual([...fieldKeys()].toSorted())
  })

  test('each refusal has a reason and a hint', () => {
    for (const facts of [ROOT, USER])
      for (const place of [V1, V2, null])
        for (const key of refused(facts, place)) {
          const support = capabilities(facts, place).fields[key] as Exclude<Support, true>
          expect(support.reason.length).toBeGreaterThan(10)
          expect(support.hint?.length ?? 0).toBeGreaterThan(5)
        }
  })
})

describe('why', () => {
  test('without a cgroup it is what was found missing', () => {
    for (const facts of [ROOT, USER]) {
      const { fields, verbs } = capabilities(facts, null)
      expect(fields['resources.pids.limit']).toEqual(MISSING)
      for (const verb of ['pause', 'stats', 'update'] as const)
        expect(verbs[verb]).toMatchObject({ reason: expect.any(String), hint: MISSING.hint })
    }
    expect(capabilities(USER, null).fields.cgroupParent).toMatchObject({ reason: MISSING.reason })
  })

  test('a controller that is not there is the reason for its own fields only', () => {
    const v1 = { ...V1, parents: V1.parents.filter(({ controllers: [name] }) => name === 'memory') }
    const fields = refused(USER, v1).filter((key) => key.startsWith('resources.'))
    expect(fields).toEqual(resources.filter((key) => !key.startsWith('resources.memory.')))
    const unavailable = { cpu: { reason: 'a reason of cpu', hint: 'a hint of cpu' } }
    const v2 = { ...V2, unavailable, parents: V2.parents.map((one) => ({ ...one, controllers: ['memory'] })) }
    expect(capabilities(USER, v2).fields['resources.cpu.shares']).toEqual(unavailable.cpu)
  })

  test('swap that the kernel does not count', () => {
    const files = V1_FILES.filter((name) => name !== 'memory.memsw.limit_in_bytes')
    expect(capabilities(ROOT, V1, files).fields['resources.memory.swap']).toMatchObject({
      reason: expect.stringContaining('does not count swap'),
    })
  })

  test('a file that the kernel does not have', () => {
    const files = V2_FILES.filter((name) => name !== 'cpu.max')
    const { fields } = capabilities(ROOT, V2, files)
    for (const key of ['resources.cpu.quota', 'resources.cpu.period'])
      expect(fields[key]).toMatchObject({ reason: expect.stringContaining('cpu.max') })
    expect(fields['resources.cpu.shares']).toBe(true)
  })
})

test('security modules are there when they are on', () => {
  const fields = (more: Partial<HostFacts>) => capabilities({ ...ROOT, ...more }, V2).fields
  const on = (more: Partial<HostFacts>) => MODULES.filter((key) => fields(more)[key] === true)
  expect(on({})).toEqual([])
  expect(on({ apparmor: true })).toEqual(['process.apparmorProfile'])
  expect(on({ selinux: true })).toEqual(['process.selinuxLabel', 'mountLabel'])
})

test('verbs: those that need a cgroup, and those that do not', () => {
  const able = (facts: HostFacts, place: CgroupPlace | null) =>
    Object.entries(capabilities(facts, place).verbs)
      .filter(([, support]) => support === true)
      .map(([verb]) => verb)
      .toSorted()
  const always = ['detach', 'exec', 'prestart', 'recover', 'resize', 'rotate', 'sweep']
  for (const facts of [ROOT, USER]) {
    for (const place of [V1, V2])
      expect(able(facts, place)).toEqual([...always, 'execResources', 'pause', 'stats', 'update'].toSorted())
    expect(able(facts, null)).toEqual(always)
  }
})
