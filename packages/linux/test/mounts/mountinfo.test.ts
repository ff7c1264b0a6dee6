import { mountOf, mountsBelow, parseMountInfo } from '@execd/linux/mounts'
import { describe, expect, test } from '@jest/globals'

const TEXT = [
  '22 27 0:21 / / rw,relatime shared:1 - ext4 /dev/vda rw',
  '31 22 0:28 /sub /srv/a\\040b ro,nosuid master:4 propagate_from:2 - tmpfs a\\011b rw,mode=755',
  '32 22 0:29 / /srv/back\\134slash\\011tab rw - tmpfs none rw',
  '33 31 0:30 / /srv/a\\040b/inner rw - cgroup cgroup rw,cpu,cpuacct',
  '34 22 0:31 / /srv/a rw - tmpfs none rw',
  '35 22 0:32 / /srv/a rw shared:9 - tmpfs upper rw',
  'x',
  '',
].join('\n')
const mounts = parseMountInfo(TEXT)

test('the fields of a mount, with octal escapes undone', () => {
  expect(mounts[1]).toEqual({
    id: 31,
    parent: 22,
    root: '/sub',
    mountPoint: '/srv/a b',
    options: ['ro', 'nosuid'],
    shared: false,
    slave: true,
    type: 'tmpfs',
    source: 'a\tb',
    superOptions: ['rw', 'mode=755'],
  })
  expect(mounts.map(({ mountPoint }) => mountPoint)).toEqual([
    '/',
    '/srv/a b',
    '/srv/back\\slash\ttab',
    '/srv/a b/inner',
    '/srv/a',
    '/srv/a',
  ])
  expect(mounts[3]?.superOptions).toEqual(['rw', 'cpu', 'cpuacct'])
  expect(parseMountInfo('')).toEqual([])
})

describe('places', () => {
  test('the mount a path is on: the longest place, of several there the last', () => {
    const found = (path: string) => {
      const mount = mountOf(mounts, path)
      return [mount?.mountPoint, mount?.source, mount?.shared]
    }
    expect(found('/srv/ab')).toEqual(['/', '/dev/vda', true])
    expect(found('/srv/a')).toEqual(['/srv/a', 'upper', true])
    expect(found('/srv/a/x/y')).toEqual(['/srv/a', 'upper', true])
    expect(found('/srv/a b/inner')).toEqual(['/srv/a b/inner', 'cgroup', false])
    expect(mountOf([], '/')).toBeUndefined()
  })

  test('mount points below a path', () => {
    expect(mountsBelow(mounts, '/srv/a b')).toEqual(['/srv/a b/inner'])
    expect(mountsBelow(mounts, '/srv/a')).toEqual([])
    expect(mountsBelow(mounts, '/')).toEqual([
      '/srv/a',
      '/srv/a b',
      '/srv/a b/inner',
      '/srv/back\\slash\ttab',
    ])
  })
})
