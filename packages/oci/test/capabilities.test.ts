import { fieldKeys } from '@execd/core/driver'
import type { CgroupsOfHost } from '@execd/linux/cgroup'
import { describe, expect, test } from '@jest/globals'
import { ociCapabilities } from '../dist/capabilities.js'
import type { Host } from '../dist/host/host.js'

const facts = (files: string[]) => ({ files: new Set(files), swapAreas: false, hierarchical: true })
const layout = { version: 1 as const, hierarchies: [], others: [], v2: null, own: {} }
const parents = [
  {
    controllers: ['memory', 'cpu', 'cpuset', 'pids', 'blkio', 'devices', 'freezer'],
    top: '/sys/fs/cgroup',
    names: ['execd'],
  },
]
const V1: CgroupsOfHost = {
  layout,
  place: { version: 1, parents, unavailable: {} },
  missing: null,
  facts: facts(['pids.max', 'memory.limit_in_bytes', 'blkio.bfq.weight']),
}
const NONE: CgroupsOfHost = {
  layout,
  place: null,
  missing: { reason: 'no cgroups', hint: 'mount them' },
  facts: facts([]),
}

const host = (cgroups: CgroupsOfHost, more: Partial<Host> = {}): Host => ({
  root: true,
  kernel: '6.1.0',
  cgroups,
  capabilities: new Set(),
  knownCapabilities: new Set(),
  mqueue: true,
  apparmor: true,
  selinux: true,
  overlay: true,
  seccomp: true,
  ...more,
})

describe('what is declared', () => {
  test('each key of core has an answer', () => {
    const { fields } = ociCapabilities(host(V1), 'runc')
    expect(fieldKeys().filter((key) => fields[key] === undefined)).toEqual([])
  })

  test('what the kernel lacks is refused', () => {
    const { fields } = ociCapabilities(
      host(V1, { apparmor: false, selinux: false, overlay: false, seccomp: false }),
      'runc',
    )
    for (const key of [
      'process.apparmorProfile',
      'process.selinuxLabel',
      'mountLabel',
      'rootfs.type=overlay',
      'rootfs.type=host',
      'seccomp=default',
    ])
      expect(fields[key]).toMatchObject({ reason: expect.any(String), hint: expect.any(String) })
    expect(fields['seccomp=unconfined']).toBe(true)
  })

  test('without cgroups there are no limits, and nothing that needs a group', () => {
    const { fields, verbs } = ociCapabilities(host(NONE), 'runc')
    for (const key of ['resources.memory.limit', 'resources.unified', 'cgroupParent'])
      expect(fields[key]).toEqual({ reason: 'no cgroups', hint: 'mount them' })
    for (const verb of ['exec', 'pause', 'stats', 'update', 'execResources'] as const)
      expect(verbs[verb]).toMatchObject({ reason: expect.any(String) })
  })

  test('what one runtime cannot do is refused for that one', () => {
    const [runc, crun] = (['runc', 'crun'] as const).map((kind) => ociCapabilities(host(V1), kind).fields)
    for (const key of ['process.consoleSize', 'resources.blockIO.weight']) {
      expect(runc?.[key]).toBe(true)
      expect(crun?.[key]).toMatchObject({ reason: expect.stringContaining('crun') })
    }
  })
})
