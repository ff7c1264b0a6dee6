import { mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { resolveProcess } from '@execd/core/driver'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { lookup, readInRoot, resolveInRoot } from '../dist/host/root-lookup.js'
import { ensureTarget } from '../dist/host/targets.js'
import { chooseUser } from '../dist/host/users.js'

let dir: string
let trap: string
beforeAll(() => {
  dir = mkdtempSync(join(tmpdir(), 'execd-lxc-'))
  trap = join(dir, 'trap')
  for (const path of ['trap', 'root/a/b', 'root/etc', 'lower/a/c'])
    mkdirSync(join(dir, path), { recursive: true })
  symlinkSync(trap, join(dir, 'root/evil'))
  symlinkSync('../../../../../etc/x', join(dir, 'root/up'))
  symlinkSync('/a', join(dir, 'root/abs'))
  symlinkSync('loop', join(dir, 'root/loop'))
  writeFileSync(join(dir, 'root/file'), 'text')
  writeFileSync(join(dir, 'lower/low'), 'low')
})
afterAll(() => rmSync(dir, { recursive: true }))

describe('paths of a root', () => {
  test('links are followed inside it only', () => {
    const layers = [join(dir, 'root')]
    expect(resolveInRoot(layers, '/abs/b')).toBe('/a/b')
    expect(resolveInRoot(layers, '/up')).toBe('/etc/x')
    expect(resolveInRoot(layers, '/evil/x')).toBe(`${trap}/x`) // a path in the root, where there is none
    expect(resolveInRoot(layers, '/loop/x')).toBeNull()
    expect(resolveInRoot(layers, '/new/thing')).toBe('/new/thing')
  })

  test('layers', () => {
    const layers = [join(dir, 'root'), join(dir, 'lower')]
    expect(lookup(layers, '/low')).toEqual({ kind: 'file', hostPath: join(dir, 'lower/low') })
    expect(lookup(layers, '/a/c')?.kind).toBe('directory')
    expect(lookup(layers, '/evil/x')).toBeNull()
    expect(readInRoot(layers, '/file', 2)).toBe('te')
    expect(readInRoot(layers, '/a', 10)).toBe('')
    expect(readInRoot(layers, '/evil', 10)).toBe('')
  })

  test('places to mount on are made, never through a link', () => {
    ensureTarget(join(dir, 'root'), '/made/by/us', 'directory')
    ensureTarget(join(dir, 'root'), '/made/file', 'file')
    expect(readdirSync(join(dir, 'root/made')).sort()).toEqual(['by', 'file'])
    for (const path of ['/evil', '/evil/x', '/file/x', '/file', '/made/file'])
      expect(() => ensureTarget(join(dir, 'root'), path, 'directory')).toThrow(
        expect.objectContaining({ code: 'EXECD_MOUNT' }),
      )
    expect(() => ensureTarget(join(dir, 'root'), '/a', 'file')).toThrow(
      expect.objectContaining({ code: 'EXECD_MOUNT' }),
    )
    expect(readdirSync(trap)).toEqual([])
  })
})

describe('users', () => {
  const passwd = 'root:x:0:0::/root:/bin/sh\nbob:x:1000:1001::/home/bob:/bin/sh\nbroken\n12:x:99:99::/:x\n'
  const group = 'root:x:0:\nstaff:x:50:alice,bob\n'
  const choose = (user: string | null, additionalGroups: string[] = []) =>
    chooseUser(resolveProcess({ args: ['x'], user, additionalGroups }), passwd, group)

  test.each([
    [null, [], { uid: 0, gid: 0, home: '/root', groups: [0] }],
    ['bob', [], { uid: 1000, gid: 1001, home: '/home/bob', groups: [50, 1001] }],
    ['bob:7', [], { uid: 1000, gid: 7, home: '/home/bob', groups: [7] }],
    ['12', ['staff', '9'], { uid: 12, gid: 0, home: '/', groups: [50, 9, 0] }],
    ['5:staff', [], { uid: 5, gid: 50, home: '/', groups: [50] }],
  ])('%j with %j', (user, groups, wanted) => {
    expect(choose(user, groups)).toEqual(wanted)
  })

  test('names that are not there', () => {
    expect(() => choose('carl')).toThrow(expect.objectContaining({ code: 'EXECD_USER_NOT_FOUND' }))
    expect(() => choose('bob', ['none'])).toThrow(expect.objectContaining({ code: 'EXECD_GROUP_NOT_FOUND' }))
  })
})
