import { execFileSync } from 'node:child_process'
import { readFileSync, rmSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { requires } from '@execd/test-support'
import { afterAll, beforeAll, expect } from '@jest/globals'
import { USER_FLAG } from '../../dist/plan/fields.js'
import { OP } from '../../dist/plan/ops.js'
import { container, makeRootfs, type Rootfs } from './container.js'
import { finish } from './harness.js'

const { test, describe } = requires('root', 'busybox')

type User = NonNullable<Parameters<typeof container>[1]['user']>

describe('the user of the command', () => {
  let rootfs: Rootfs
  beforeAll(() => {
    rootfs = makeRootfs()
  })
  afterAll(() => rootfs.remove())

  const ids = async (
    user: User,
    script = 'grep -E "^(Uid|Gid|Groups|CapEff)" /proc/self/status; echo HOME=$HOME',
    env?: string[],
  ) =>
    finish(
      container(rootfs.path, { args: ['sh', '-c', script], user, ...(env === undefined ? {} : { env }) }),
    )
  const facts = (stdout: string) => ({
    uid: /^Uid:\s+(.*)$/m.exec(stdout)?.[1]?.split('\t'),
    gid: /^Gid:\s+(.*)$/m.exec(stdout)?.[1]?.split('\t'),
    groups: /^Groups:[ \t]*(.*)$/m.exec(stdout)?.[1]?.trim(),
    home: /^HOME=(.*)$/m.exec(stdout)?.[1],
  })
  const all = (id: number) => Array<string>(4).fill(String(id))
  const { memberships, home } = USER_FLAG

  test.each<[string, User, { uid: number; gid: number; groups: string; home: string }]>([
    ['uid and gid', { uid: 5, gid: 6 }, { uid: 5, gid: 6, groups: '6', home: '' }],
    [
      'uid of an entry: its group',
      { uid: 1000, flags: memberships | home },
      { uid: 1000, gid: 2000, groups: '2000 3000', home: '/home/ann' },
    ],
    [
      'uid without an entry: the fallback',
      { uid: 77, fallbackGid: 88, flags: memberships | home },
      { uid: 77, gid: 88, groups: '88', home: '/' },
    ],
    [
      'a name',
      { user: 'bob', flags: memberships | home },
      { uid: 1001, gid: 1001, groups: '1001 3000 3001', home: '/' },
    ],
    [
      'a name and a group',
      { user: 'ann', group: 'other', flags: 0 },
      { uid: 1000, gid: 3001, groups: '3001', home: '' },
    ],
    [
      'a name and a gid',
      { user: 'ann', gid: 9, flags: memberships },
      { uid: 1000, gid: 9, groups: '9 3000', home: '' },
    ],
    [
      'extra groups',
      { uid: 1000, gid: 0, flags: memberships, extraGids: [70, 3000], extraGroups: ['other'] },
      { uid: 1000, gid: 0, groups: '0 70 3000 3001', home: '' },
    ],
    ['root', { uid: 0, gid: 0, flags: memberships | home }, { uid: 0, gid: 0, groups: '0', home: '/root' }],
  ])('%s', async (_, user, expected) => {
    const { stdout, last } = await ids(user)
    expect(last).toMatchObject({ type: 'exited', code: 0 })
    expect(facts(stdout)).toEqual({ ...expected, uid: all(expected.uid), gid: all(expected.gid) })
    const caps = /CapEff:\s+([0-9a-f]+)/.exec(stdout)?.[1]
    expect(caps).toBe(expected.uid === 0 ? '00000000a80425fb' : '0000000000000000')
  })

  test('with keepGroups the groups stay as they were, the primary one is not added', async () => {
    const own = /^Groups:[ \t]*(.*)$/m.exec(readFileSync('/proc/self/status', 'utf8'))?.[1]?.trim()
    const { stdout } = await ids({ uid: 5, gid: 6, flags: USER_FLAG.keepGroups, extraGids: [70] })
    expect(facts(stdout)).toMatchObject({ gid: all(6), groups: own })
  })

  test('HOME of the environment wins', async () => {
    expect(
      facts((await ids({ uid: 1000, gid: 1, flags: home }, undefined, ['PATH=/bin', 'HOME=/mine'])).stdout)
        .home,
    ).toBe('/mine')
  })

  test.each<[string, User, number, string]>([
    ['user', { user: 'carol' }, 1, 'carol'],
    ['user that is a number', { user: '1000' }, 1, '1000'],
    ['group', { user: 'ann', group: 'nobody' }, 2, 'nobody'],
    ['extra group', { uid: 0, gid: 0, extraGroups: ['staff', 'nope'] }, 2, 'nope'],
  ])('an unknown %s', async (_, user, detail, context) => {
    expect((await ids(user)).last).toMatchObject({ type: 'failed', op: OP.user, errno: 2, detail, context })
  })

  test('a user called 1000 does not catch uid 1000', async () => {
    const file = join(rootfs.path, 'etc/passwd')
    execFileSync('cp', [file, `${file}.keep`])
    writeFileSync(
      file,
      '1000:x:0:0::/root:/bin/sh\n:x:1000:0::/evil:\nann:x:1000:2000::/home/ann:/bin/sh\nbig:x:4294967295:0::/:\n',
    )
    expect(facts((await ids({ uid: 1000, flags: home })).stdout)).toMatchObject({
      uid: all(1000),
      gid: all(2000),
      home: '/home/ann',
    })
    expect((await ids({ user: 'big' })).last).toMatchObject({ type: 'failed', detail: 1 })
    execFileSync('mv', [`${file}.keep`, file])
  })

  test.each<[string, (file: string) => void, number]>([
    ['a FIFO', (file) => execFileSync('mkfifo', [file]), 22],
    ['a folder', (file) => execFileSync('mkdir', [file]), 22],
    ['a link to a device', (file) => symlinkSync('/dev/zero', file), 22],
    ['a link to itself', (file) => symlinkSync('passwd', file), 40],
    [
      'a huge file',
      (file) => {
        writeFileSync(file, '')
        truncateSync(file, 2 ** 30)
      },
      27,
    ],
  ])('/etc/passwd as %s is refused at once', async (_, make, errno) => {
    const file = join(rootfs.path, 'etc/passwd')
    execFileSync('mv', [file, `${file}.keep`])
    make(file)
    const { last } = await ids({ user: 'ann' })
    rmSync(file, { recursive: true })
    execFileSync('mv', [`${file}.keep`, file])
    expect(last).toMatchObject({ type: 'failed', op: OP.user, errno, context: '/etc/passwd' })
  })

  test('/etc/passwd as a link to a file of the host is read inside', async () => {
    const file = join(rootfs.path, 'etc/passwd')
    execFileSync('mv', [file, `${file}.keep`])
    symlinkSync('/etc/passwd.keep', file)
    const { stdout } = await ids({ user: 'ann' })
    rmSync(file)
    execFileSync('mv', [`${file}.keep`, file])
    expect(facts(stdout).uid).toEqual(all(1000))
  })

  test('pipes and sockets are given to the user when asked', async () => {
    const script = 'stat -L -c %u /proc/self/fd/0; echo x > /dev/fd/1'
    const given = await ids({ uid: 1000, gid: 1000, flags: USER_FLAG.ownStdin }, script)
    expect(given.stdout.split('\n')[0]).toBe('1000')
    expect((await ids({ uid: 1000, gid: 1000 }, script)).stdout.split('\n')[0]).toBe('0')
  })
})
