import { type CgroupPaths, groupPaths, groupsOfProcess, readUsage, wholeGroup } from '@execd/linux/cgroup'
import { describe, expect, test } from '@jest/globals'
import { detectLayout } from '../../dist/cgroup/layout/layout.js'
import { fakeCgroups } from './support/fake.js'
import { HYBRID, textsOf, V1_IN_DOCKER, V2_USER } from './support/texts.js'

describe('one group in every hierarchy', () => {
  test('v1 with v2 and a named hierarchy beside it', () => {
    const layout = detectLayout(textsOf(HYBRID))
    expect(layout.others).toMatchObject([
      { controllers: ['name=systemd'], mountPoint: '/sys/fs/cgroup/systemd' },
    ])
    const { version, dirs } = groupPaths(layout, (name) =>
      name === 'devices' ? undefined : `/a/${name || 'v2'}`,
    )
    expect(version).toBe(1)
    expect(dirs).toMatchObject({
      memory: '/sys/fs/cgroup/memory/a/memory',
      'name=systemd': '/sys/fs/cgroup/systemd/a/name=systemd',
      unified: '/sys/fs/cgroup/unified/a/v2',
    })
    expect(dirs.devices).toBeUndefined()
  })

  test('v2, and what is outside of a mount', () => {
    expect(groupPaths(detectLayout(textsOf(V2_USER)), () => '/a')).toEqual({
      version: 2,
      dirs: { unified: '/sys/fs/cgroup/a' },
    })
    expect(groupPaths(detectLayout(textsOf(V1_IN_DOCKER)), () => '/elsewhere').dirs).toEqual({})
  })

  test('no cgroups, no process', () => {
    const none = detectLayout({ mountinfo: '', cgroup: '', controllers: () => null })
    expect(groupPaths(none, () => '/')).toEqual({ version: 2, dirs: {} })
    expect(groupsOfProcess(none, 2 ** 22 + 1)).toBeNull()
  })
})

test('the group that has every process: the freezer of v1, the only one of v2', () => {
  const of = (version: 1 | 2, ...names: string[]): string | null => {
    const paths: CgroupPaths = { version, dirs: Object.fromEntries(names.map((name) => [name, `/${name}`])) }
    return wholeGroup(paths)
  }
  expect(of(1, 'unified', 'cpu', 'pids', 'freezer')).toBe('/freezer')
  expect(of(1, 'unified', 'cpu', 'pids')).toBe('/pids')
  expect(of(2, 'unified')).toBe('/unified')
  expect(of(2)).toBeNull()
})

describe('usage', () => {
  const { files, v1, v2 } = fakeCgroups()

  test('v1', async () => {
    files({
      'memory/memory.max_usage_in_bytes': '5000\n',
      'memory/memory.oom_control': 'oom_kill_disable 0\noom_kill 1\n',
      'cpuacct/cpuacct.usage': '4000000\n',
      'cpuacct/cpuacct.usage_user': '3\n',
      'cpuacct/cpuacct.usage_sys': '1\n',
    })
    expect(await readUsage(v1('memory', 'cpuacct'))).toEqual({
      cpu: { user: 3, system: 1 },
      memory: { peak: 5000 },
      pids: { peak: null, refused: null },
      oomKills: 1,
    })
  })

  test('v2', async () => {
    files({
      'box/memory.peak': '5000\n',
      'box/cpu.stat': 'usage_usec 9000\nuser_usec 4000\nsystem_usec 5000\n',
      'box/pids.events': 'max 2\n',
    })
    expect(await readUsage(v2())).toEqual({
      cpu: { user: 4, system: 5 },
      memory: { peak: 5000 },
      pids: { peak: null, refused: 2 },
      oomKills: null,
    })
  })
})
