import { isCovered, parseMountInfo } from '@execd/linux/mounts'
import { expect, test } from '@jest/globals'

const line = (id: number, parent: number, place: string): string =>
  `${id} ${parent} 0:30 / ${place} rw - tmpfs tmpfs rw`

test.each<[string, string[], boolean]>([
  ['alone', [line(2, 1, '/sys/fs/cgroup'), line(9, 2, '/sys/fs/cgroup/cpu')], false],
  ['under one at its own place', [line(9, 1, '/mnt'), line(10, 9, '/mnt')], true],
  [
    'under one at a folder above it',
    [line(2, 1, '/sys/fs/cgroup'), line(9, 2, '/sys/fs/cgroup/cpu'), line(10, 2, '/sys/fs/cgroup')],
    true,
  ],
  ['on the upper one of two', [line(2, 1, '/a'), line(3, 2, '/a'), line(9, 3, '/a/b')], false],
  ['on the lower one of two', [line(2, 1, '/a'), line(9, 2, '/a/b'), line(3, 2, '/a')], true],
  ['beside another', [line(9, 1, '/a/b'), line(3, 1, '/a/bc'), line(4, 1, '/a/c')], false],
  ['above one that is covered itself', [line(3, 1, '/a/b'), line(2, 1, '/a'), line(9, 2, '/a/b/c')], false],
])('a mount %s', (_, lines, expected) => {
  const mounts = parseMountInfo([line(1, 0, '/'), ...lines].join('\n'))
  const mount = mounts.find(({ id }) => id === 9)
  expect(mount && isCovered(mount, mounts)).toBe(expected)
})
