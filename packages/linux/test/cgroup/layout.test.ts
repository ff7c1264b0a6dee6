import { describe, expect, test } from '@jest/globals'
import { detectLayout, pathInMount } from '../../dist/cgroup/layout/layout.js'
import { joinPath } from '../../dist/cgroup/text.js'
import { HYBRID, textsOf, V1_IN_DOCKER, V1_SHARED, V2_USER } from './support/texts.js'

describe('the layout of a host', () => {
  test('hybrid: v1 controllers decide, the v2 mount is known', () => {
    const layout = detectLayout(textsOf(HYBRID))
    expect(layout.version).toBe(1)
    expect(layout.hierarchies.map(({ controllers, mountPoint }) => [controllers, mountPoint])).toEqual(
      ['cpu', 'cpuacct', 'cpuset', 'memory', 'devices', 'freezer', 'blkio', 'pids'].map((name) => [
        [name],
        `/sys/fs/cgroup/${name}`,
      ]),
    )
    expect(layout.v2).toMatchObject({ mountPoint: '/sys/fs/cgroup/unified', controllers: [] })
    expect(layout.own).toMatchObject({ memory: '/outer/a', cpu: '/', '': '/' })
  })

  test('v1: controllers that share a hierarchy are one, unused ones are left out', () => {
    const layout = detectLayout(textsOf(V1_SHARED))
    expect(layout.hierarchies).toEqual([
      {
        controllers: ['cpu', 'cpuacct'],
        mountPoint: '/sys/fs/cgroup/cpu,cpuacct',
        root: '/',
        readonly: false,
      },
      { controllers: ['memory'], mountPoint: '/sys/fs/cgroup/memory', root: '/', readonly: false },
    ])
    expect(layout.v2).toBeNull()
    expect(layout.others.map(({ controllers }) => controllers)).toEqual([['net_cls', 'net_prio']])
  })

  test('v1 in Docker: read-only mounts whose top is not the root', () => {
    const [memory] = detectLayout(textsOf(V1_IN_DOCKER)).hierarchies
    expect(memory).toEqual({
      controllers: ['memory'],
      mountPoint: '/sys/fs/cgroup/memory',
      root: '/docker/abc',
      readonly: true,
    })
  })

  test('v2', () => {
    const layout = detectLayout(textsOf(V2_USER))
    expect(layout).toMatchObject({ version: 2, hierarchies: [] })
    expect(layout.v2?.controllers).toContain('memory')
  })

  test('no cgroup file system', () => {
    expect(
      detectLayout({ mountinfo: '22 27 0:21 / /proc rw - proc proc rw', cgroup: '', controllers: () => null })
        .version,
    ).toBeNull()
  })

  test('of several mounts the whole and writable one is taken, and octal escapes are read', () => {
    const mountinfo = [
      '1 1 0:9 /part /mnt/part rw - cgroup2 cgroup2 rw',
      '2 1 0:9 / /mnt/read\\040only ro - cgroup2 cgroup2 rw',
      '3 1 0:9 / /mnt/with\\040space rw - cgroup2 cgroup2 rw',
    ].join('\n')
    const { v2 } = detectLayout({ mountinfo, cgroup: '0::/', controllers: () => 'memory' })
    expect(v2?.mountPoint).toBe('/mnt/with space')
  })
})

describe('where a group is seen', () => {
  const at = (root: string, group: string) =>
    pathInMount({ controllers: [], mountPoint: '/m', root, readonly: false }, group)
  test.each([
    ['/', '/', '/m'],
    ['/', '/a/b', '/m/a/b'],
    ['/docker/abc', '/docker/abc', '/m'],
    ['/docker/abc', '/docker/abc/x', '/m/x'],
    ['/docker/abc', '/docker/abcd', null],
    ['/docker/abc', '/other', null],
    ['/', '/../other', null],
  ])('mount of %s, group %s', (root, group, path) => expect(at(root, group)).toBe(path))

  test('paths are joined without doubled or final slashes', () => {
    expect(joinPath('/a/', '/b/', 'c')).toBe('/a/b/c')
    expect(joinPath('/a', '/')).toBe('/a')
  })
})
