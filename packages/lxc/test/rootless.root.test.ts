import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, readFileSync, statSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import type { Readable } from 'node:stream'
import { text } from 'node:stream/consumers'
import { findProgram, requires } from '@execd/test-support'
import { afterAll, beforeAll, expect } from '@jest/globals'
import { makeUserPlace, type UserPlace } from './support/as-user.js'
import { until } from './support/until.js'

const { describe, test } = requires(
  'root',
  'lxc',
  'test-user',
  'setpriv',
  'userns',
  'uidmap',
  'cgroup-v1',
  'busybox',
  'script',
)

type Answers = Record<string, Record<string, unknown>>

const textOf = (stream: Readable | null) => (stream === null ? '' : text(stream))

async function answersOf(child: ChildProcess): Promise<Answers> {
  const [stdout, stderr] = await Promise.all([
    textOf(child.stdout),
    textOf(child.stderr),
    once(child, 'close'),
  ])
  if (child.exitCode !== 0) throw new Error(`ended with ${child.exitCode}: ${stderr}`)
  return JSON.parse(stdout) as Answers
}

describe('as an ordinary user with cgroups of the own', () => {
  let place: UserPlace
  let answers: Answers = {}
  const of = (name: string): Record<string, unknown> => answers[name] ?? {}

  beforeAll(async () => {
    place = makeUserPlace(['rootless-main.js', 'rootless-death-main.js'])
    answers = await answersOf(place.start('rootless-main.js'))
  }, 300_000)
  afterAll(() => place.remove())

  test('the host is usable, and root inside is the user outside', () => {
    expect(of('probe')).toMatchObject({ usable: true })
    const owner = statSync(join(place.rootfs, 'data/x')).uid
    expect(of('root')).toMatchObject({ exitCode: 7, stderr: '', cleanup: [] })
    expect(of('root').stdout).toMatch(new RegExp(`^0\\n0\\n0\\n +0 +${owner} +1\\n`))
    expect(owner).not.toBe(0)
  })

  test('other users come from the ranges of newuidmap, and may open their streams again', () => {
    expect(of('user')).toMatchObject({ stdout: '1000\n1001\n1000:1001\n', stderr: 'again\n' })
    const [, start = ''] = readFileSync('/etc/subuid', 'utf8').match(/^execd-test:(\d+):/m) ?? []
    expect(statSync(join(place.rootfs, 'tmp/u')).uid).toBe(Number(start) + 999)
  })

  test('isolation is that of root: capabilities, filter, descriptors, names, devices', () => {
    expect(of('status').stdout).toBe(
      'CapInh:0000000000000000\nCapPrm:00000000a80425fb\nCapEff:00000000a80425fb\nCapBnd:00000000a80425fb\nCapAmb:0000000000000000\n' +
        'NoNewPrivs:1\nSeccomp:2\n/proc/self/fd/0 /proc/self/fd/1 /proc/self/fd/2 /proc/self/fd/3\n',
    )
    expect(of('namespaces').stdout).toMatch(
      /^mine\nlo\n[23]\nfd full mqueue null ptmx pts random shm stderr stdin stdout tty urandom zero $/,
    )
    expect(of('masked')).toMatchObject({ stdout: '0\n' })
    expect(of('masked').stderr).toMatch(
      /hostname: Read-only file system\n[\s\S]*\/sys\/x: Read-only file system/,
    )
  })

  test('mounts, read-only roots and overlays', () => {
    expect(of('mounts')).toMatchObject({ stdout: 'tmpfs\n' })
    expect(of('mounts').stderr).toMatch(/Read-only file system\n[\s\S]*denied/)
    expect(of('readonly').stdout).toBe('1\n')
    expect(of('overlay')).toMatchObject({ stdout: 'new\n', stderr: '', exitCode: 0 })
    expect(of('after').stdout).toMatch(/\/etc:\ngroup\npasswd/)
  })

  test('limits and their end, parameters of the kernel, the network of the host', () => {
    expect(of('rlimits').stdout).toBe('77\n')
    expect(of('limits')).toMatchObject({ exitCode: 0, stderr: '' })
    expect(of('memory')).toMatchObject({ reason: 'oom', oom: { init: true } })
    expect(of('sysctl').stdout).toBe('1\n')
    expect(Number(of('hostNetwork').stdout)).toBeGreaterThan(0)
  })

  test('input, init, terminals and time-outs', () => {
    expect(of('input').stdout).toBe('through')
    expect(of('init')).toMatchObject({ stdout: '2\n', exitCode: 5 })
    expect(of('terminal').stdout).toBe('/dev/pts/0\r\n12 34\r\nx\r\n')
    expect(of('timeout')).toMatchObject({ reason: 'timeout', signal: 'SIGKILL', cleanup: [] })
  })

  test('every verb', () => {
    expect(of('verbs')).toEqual({
      exec: { stdout: 'x /tmp\n1000\n', stderr: 'x\n', exitCode: 9 },
      pids: 1,
      limit: 64 * 1024 * 1024,
      updated: 48 * 1024 * 1024,
      paused: 'paused',
      execEnd: 'SIGTERM',
      end: { signal: 'SIGKILL', cleanup: [] },
    })
    expect(of('unreadable')).toEqual({ stdout: 'x\n', exitCode: 3 })
    expect(of('detached')).toEqual({ exitCode: 6, cleanup: [] })
  })

  test('what cannot be done is refused with the reason and what helps', () => {
    for (const name of ['hostPid', 'device', 'foreignMap', 'groups'])
      expect(of(name)).toMatchObject({ code: 'EXECD_UNSUPPORTED', hint: expect.stringMatching(/./) })
    expect(of('notMapped')).toMatchObject({ code: 'EXECD_NAMESPACE' })
    expect(of('notFound')).toMatchObject({ code: 'EXECD_WORKING_DIRECTORY' })
    expect(of('maps').stdout).toMatch(/^ +0 +\d+ +1\n$/)
  })

  test('nothing is left, and the runtime folder stays', () => {
    expect(place.left()).toEqual([])
  })

  test('Node is killed: nothing of its containers is left', async () => {
    const child = place.start('rootless-death-main.js')
    await once(child.stdout ?? child, 'data')
    expect(place.left()).not.toEqual([])
    const closed = once(child, 'close')
    child.kill('SIGKILL')
    await closed
    await until('nothing is left', () => place.left().length === 0)
  })
})

describe('what an ordinary user lacks is named, with the remedy', () => {
  let place: UserPlace
  afterAll(() => place?.remove())

  const missing = ({ probe }: Answers): unknown[] =>
    (probe as unknown as { checks: Array<Record<string, unknown>> }).checks
      .filter(({ status, required }) => status === 'missing' && required === true)
      .map(({ name }) => name)

  test('cgroups', async () => {
    place = makeUserPlace(['rootless-main.js'], [])
    const answers = await answersOf(place.start('rootless-main.js', ['allowed']))
    expect(answers.probe).toMatchObject({ usable: false })
    expect(missing(answers)).toContain('delegated-cgroups')
    expect(answers.run).toMatchObject({
      code: 'EXECD_PERMISSION',
      message: expect.stringContaining('hierarchy of freezer'),
      hint: expect.stringMatching(/chown -R execd-test .*cgroup\.procs/),
    })
    place.remove()
  })

  test('newuidmap', async () => {
    place = makeUserPlace(['rootless-main.js'])
    const tools = join(place.folder.path, 'tools')
    mkdirSync(tools)
    const there = ['sh', 'mkfifo', 'lxc-start', 'lxc-stop', 'lxc-attach', 'lxc-freeze', 'lxc-unfreeze']
    for (const name of there) symlinkSync(findProgram(name) ?? '', join(tools, name))
    const answers = await answersOf(place.start('rootless-main.js', ['allowed', tools]))
    expect(missing(answers)).toEqual(['id-ranges'])
    expect(answers.run).toMatchObject({
      code: 'EXECD_PERMISSION',
      message: expect.stringContaining('newuidmap'),
      hint: expect.stringContaining('apt-get install uidmap'),
    })
    place.remove()
  })

  test('limits of controllers whose groups are not the own', async () => {
    place = makeUserPlace(['rootless-main.js'], ['freezer', 'pids'])
    const answers = await answersOf(place.start('rootless-main.js', ['allowed']))
    expect(missing(answers)).toEqual([])
    expect(answers.run).toMatchObject({ exitCode: 0, cleanup: [] })
    expect(answers.fields).toMatchObject({
      'resources.memory.limit': {
        reason: expect.stringContaining('hierarchy of memory'),
        hint: expect.stringContaining('chown -R'),
      },
    })
    expect(answers.fields).not.toHaveProperty(['resources.pids.limit'])
    expect(place.left()).toEqual([])
  })
})
