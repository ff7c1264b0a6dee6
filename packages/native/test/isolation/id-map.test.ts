import type { IdMapping } from '@execd/linux/rootless'
import { describe, expect, test } from '@jest/globals'
import type { HostFacts } from '../../dist/host/facts.js'
import { decideUserNamespace, type IdMapRequest, mapText } from '../../dist/isolation/id-map.js'
import { ROOT, USER } from './support/inputs.js'

const SUB = { subuids: [{ start: 100_000, count: 65_536 }], subgids: [{ start: 200_000, count: 1000 }] }
const map = (containerID: number, hostID: number, size = 1): IdMapping => ({ containerID, hostID, size })

interface Wish extends Partial<Omit<IdMapRequest, 'namespaces'>> {
  readonly user?: 'auto' | 'private' | 'host'
  readonly uids?: IdMapping[]
  readonly gids?: IdMapping[]
}

function decide(host: HostFacts, wish: Wish = {}) {
  const { user = 'auto', uids = [], gids = [], uid = null, gid = null, oneIdIsEnough = false } = wish
  return decideUserNamespace(
    { namespaces: { user, uidMappings: uids, gidMappings: gids }, uid, gid, oneIdIsEnough },
    host,
  )
}

describe('root', () => {
  const uids = [map(0, 5000, 10)]
  const gids = [map(0, 6000, 20)]

  test('has none unless asked for', () => {
    expect(decide(ROOT)).toBeNull()
    expect(decide({ ...ROOT, ...SUB })).toBeNull()
    expect(decide(ROOT, { user: 'host' })).toBeNull()
  })

  test.each(['auto', 'private'] as const)(
    'with mappings and %s gets these, written by the monitor',
    (user) => {
      expect(decide({ ...ROOT, ...SUB }, { user, uids, gids })).toEqual({
        uid: uids,
        gid: gids,
        writer: 'monitor',
        denySetgroups: false,
      })
    },
  )

  test('a private one without mappings takes the granted ranges, one after the other from 0', () => {
    const host = {
      ...ROOT,
      subuids: [
        { start: 100_000, count: 65_536 },
        { start: 500_000, count: 10 },
      ],
      subgids: [{ start: 300_000, count: 7 }],
    }
    expect(decide(host, { user: 'private' })).toEqual({
      uid: [map(0, 100_000, 65_536), map(65_536, 500_000, 10)],
      gid: [map(0, 300_000, 7)],
      writer: 'monitor',
      denySetgroups: false,
    })
  })

  test.each([
    ['neither', {}],
    ['only users', { subuids: SUB.subuids }],
    ['only groups', { subgids: SUB.subgids }],
  ])(
    'a private one without mappings takes spare ids where %s are granted, and is refused where there are none',
    (_, granted) => {
      const spare = [map(0, 0x2000_0000, 65_536)]
      expect(decide({ ...ROOT, ...granted }, { user: 'private' })).toMatchObject({ uid: spare, gid: spare })
      const refusal = decide({ ...ROOT, ...granted, spareIds: null }, { user: 'private' })
      expect(refusal).toMatchObject({
        field: 'namespaces.user',
        reason: expect.stringContaining('/etc/subuid and /etc/subgid grant none'),
        hint: expect.stringContaining('"root:100000:65536"'),
      })
    },
  )
})

describe('an ordinary user', () => {
  const host = { ...USER, ...SUB }

  test("cannot have the host's", () => {
    expect(decide(host, { user: 'host' })).toMatchObject({
      field: 'namespaces.user',
      hint: expect.stringContaining('run as root'),
    })
  })

  test.each(['auto', 'private'] as const)(
    'with ranges and newuidmap and %s gets the own id as 0 and the ranges after it',
    (user) => {
      const more = { ...host, subuids: [...SUB.subuids, { start: 900_000, count: 5 }] }
      expect(decide(more, { user, uid: 7 })).toEqual({
        uid: [map(0, 1000), map(1, 100_000, 65_536), map(65_537, 900_000, 5)],
        gid: [map(0, 1001), map(1, 200_000, 1000)],
        writer: 'helpers',
        denySetgroups: false,
      })
    },
  )

  test.each<[string, HostFacts, boolean]>([
    ['newuidmap is not installed', { ...host, idMapTools: false }, false],
    ['no users are granted', { ...host, subuids: [] }, false],
    ['no groups are granted', { ...host, subgids: [] }, false],
    ['one id is enough', host, true],
  ])('gets the one own id when %s', (_, facts, oneIdIsEnough) => {
    expect(decide(facts, { oneIdIsEnough })).toEqual({
      uid: [map(0, 1000)],
      gid: [map(0, 1001)],
      writer: 'monitor',
      denySetgroups: true,
    })
  })

  test.each<[number | null, number | null, number, number]>([
    [null, null, 0, 0],
    [5, null, 5, 5],
    [5, 6, 5, 6],
    [null, 6, 0, 6],
    [0, 0, 0, 0],
  ])('sees the one id as what the process asks for: %p:%p', (uid, gid, uidInside, gidInside) => {
    expect(decide(USER, { uid, gid })).toMatchObject({
      uid: [map(uidInside, 1000)],
      gid: [map(gidInside, 1001)],
    })
  })

  describe('with mappings', () => {
    test('of the own ids needs no helper, and setgroups is denied', () => {
      const wish = { uids: [map(33, 1000)], gids: [map(44, 1001)] }
      for (const facts of [USER, host]) {
        expect(decide(facts, wish)).toEqual({
          uid: wish.uids,
          gid: wish.gids,
          writer: 'monitor',
          denySetgroups: true,
        })
      }
    })

    test.each<[string, Wish]>([
      ['the whole range', { uids: [map(0, 100_000, 65_536)], gids: [map(0, 200_000, 1000)] }],
      ['its ends', { uids: [map(0, 100_000), map(1, 165_535)], gids: [map(0, 200_999)] }],
      ['the own id beside a range', { uids: [map(0, 1000), map(1, 100_000, 9)], gids: [map(0, 200_000)] }],
      ['the own user id and a granted group', { uids: [map(0, 1000)], gids: [map(0, 200_000)] }],
      ['a granted user id and the own group', { uids: [map(0, 100_000)], gids: [map(0, 1001)] }],
      ['the own id beyond 0', { uids: [map(5, 1000)], gids: [map(0, 1001), map(1, 200_000)] }],
    ])('%s is written by the helpers', (_, wish) => {
      expect(decide(host, wish)).toEqual({
        uid: wish.uids,
        gid: wish.gids,
        writer: 'helpers',
        denySetgroups: false,
      })
    })

    const fine = [map(0, 200_000)]
    test.each<[string, Wish]>([
      ['one past the end', { uids: [map(0, 165_536)], gids: fine }],
      ['one before the start', { uids: [map(0, 99_999)], gids: fine }],
      ['a range that goes over the end', { uids: [map(0, 100_001, 65_536)], gids: fine }],
      ['root', { uids: [map(0, 0)], gids: fine }],
      ['two ids from the own one on', { uids: [map(0, 1000, 2)], gids: fine }],
      ['one of two', { uids: [map(0, 100_000), map(1, 5)], gids: fine }],
      ['a group that is not granted', { uids: [map(0, 100_000)], gids: [map(0, 100_000)] }],
      ['the own user id as a group', { uids: [map(0, 1000)], gids: [map(0, 1000)] }],
    ])('%s is refused', (_, wish) => {
      expect(decide(host, wish)).toMatchObject({
        field: 'namespaces.uidMappings',
        reason: expect.stringContaining('do not grant them'),
        hint: expect.stringContaining('uidmap'),
      })
    })

    test('what is granted is refused without newuidmap, and where one kind of range is missing', () => {
      const wish = { uids: [map(0, 100_000)], gids: [map(0, 200_000)] }
      for (const facts of [
        { ...host, idMapTools: false },
        { ...host, subuids: [] },
        { ...host, subgids: [] },
      ])
        expect(decide(facts, wish)).toMatchObject({ field: 'namespaces.uidMappings' })
    })
  })
})

test('the text of a map is a line for each range', () => {
  expect(mapText([map(0, 1000), map(1, 100_000, 65_536)])).toBe('0 1000 1\n1 100000 65536\n')
  expect(mapText([])).toBe('')
})
