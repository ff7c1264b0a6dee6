import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { resolveProcess } from '@execd/core/driver'
import { chooseUser, findUser } from '@execd/linux/users'
import { describe, expect, test } from '@jest/globals'

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

  test('files of a root, and none that a link leads to outside of it', () => {
    const dir = mkdtempSync(join(tmpdir(), 'execd-users-'))
    try {
      mkdirSync(join(dir, 'root/etc'), { recursive: true })
      writeFileSync(join(dir, 'passwd'), passwd)
      writeFileSync(join(dir, 'root/etc/kept'), 'ann:x:7:8::/home/ann:/bin/sh')
      const find = () =>
        findUser(resolveProcess({ args: ['x'], user: 'ann' }), [join(dir, 'root')], { driver: 'a' })
      const refused = expect.objectContaining({
        code: 'EXECD_USER_NOT_FOUND',
        details: expect.objectContaining({ driver: 'a' }),
      })
      symlinkSync(join(dir, 'passwd'), join(dir, 'root/etc/passwd'))
      expect(find).toThrow(refused)
      rmSync(join(dir, 'root/etc/passwd'))
      execFileSync('mkfifo', [join(dir, 'root/etc/passwd')])
      expect(find).toThrow(refused)
      rmSync(join(dir, 'root/etc/passwd'))
      symlinkSync('/etc/kept', join(dir, 'root/etc/passwd'))
      expect(find()).toEqual({ uid: 7, gid: 8, home: '/home/ann', groups: [8] })
    } finally {
      rmSync(dir, { recursive: true })
    }
  })
})
