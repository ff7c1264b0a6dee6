import { isGranted, isMapped, ownIdAndRanges, parseSubIds, runtimeFolder } from '@execd/linux/rootless'
import { describe, expect, test } from '@jest/globals'

describe('parseSubIds', () => {
  const TEXT = 'root:100000:65536\nann:200000:10\n1000:300000:20\nannabel:400000:1\n ann:500000:30 \n'

  test('ranges by name or by number, in order', () => {
    expect(parseSubIds(TEXT, 'ann', 1000)).toEqual([
      { start: 200_000, count: 10 },
      { start: 300_000, count: 20 },
      { start: 500_000, count: 30 },
    ])
    expect(parseSubIds(TEXT, 'root', 0)).toEqual([{ start: 100_000, count: 65_536 }])
    expect(parseSubIds(TEXT, 'bob', 7)).toEqual([])
    expect(parseSubIds('', 'ann', 1000)).toEqual([])
  })

  test('a user without a name is found by number only', () => {
    expect(parseSubIds(`:1:2\n${TEXT}`, '', 1000)).toEqual([{ start: 300_000, count: 20 }])
  })

  test.each([
    ['no start', 'ann::65536'],
    ['no count', 'ann:5:'],
    ['one field', 'ann'],
    ['two fields', 'ann:5'],
    ['a count of 0', 'ann:5:0'],
    ['a negative count', 'ann:5:-1'],
    ['a negative start', 'ann:-5:10'],
    ['a word', 'ann:x:10'],
    ['a fraction', 'ann:5:1.5'],
    ['a comment', '# ann:5:10'],
  ])('a line with %s grants nothing', (_, line) => {
    expect(parseSubIds(`${line}\nann:7:8\n`, 'ann', 1000)).toEqual([{ start: 7, count: 8 }])
  })
})

test('root inside is the own id, the others are those that are granted', () => {
  const ranges = [
    { start: 100, count: 10 },
    { start: 500, count: 3 },
  ]
  const maps = ownIdAndRanges(7, ranges)
  expect(maps).toEqual([
    { containerID: 0, hostID: 7, size: 1 },
    { containerID: 1, hostID: 100, size: 10 },
    { containerID: 11, hostID: 500, size: 3 },
  ])
  expect(maps.every((map) => isGranted(map, 7, ranges))).toBe(true)
  expect([0, 1, 13, 14].map((id) => isMapped(maps, id))).toEqual([true, true, true, false])
})

test.each([
  ['another id', { containerID: 0, hostID: 8, size: 1 }],
  ['more than the own id', { containerID: 0, hostID: 7, size: 2 }],
  ['ids before a range', { containerID: 0, hostID: 99, size: 2 }],
  ['ids after a range', { containerID: 0, hostID: 109, size: 2 }],
])('%s is not granted', (_, mapping) => {
  expect(isGranted(mapping, 7, [{ start: 100, count: 10 }])).toBe(false)
})

describe('the folder that a reboot empties', () => {
  const own =
    (...paths: string[]) =>
    (path: string) =>
      paths.includes(path)

  test.each([
    ['named by the variable', '/x', own('/x', '/run/user/7'), '/x'],
    ['not that of somebody else', '/x', own('/run/user/7'), '/run/user/7'],
    ['not one by a relative path', 'x', own('x'), null],
    ['none', undefined, own(), null],
  ] as const)('%s', (_, variable, isOwn, path) => {
    expect(runtimeFolder(7, variable, isOwn)).toBe(path)
  })
})
