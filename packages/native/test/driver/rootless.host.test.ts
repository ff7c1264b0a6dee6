import { once } from 'node:events'
import { readFileSync, rmSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { type Need, requires } from '@execd/test-support'
import { afterAll, beforeAll, expect } from '@jest/globals'
import { makeUserPlace, type UserPlace } from './support/as-user.js'
import { isAlive, mounts, newMark, sleepers } from './support/host-state.js'
import { textOf } from './support/streams.js'
import { until } from './support/until.js'

const isRoot = process.geteuid?.() === 0
const needs: readonly Need[] = isRoot ? ['test-user', 'setpriv', 'userns', 'busybox'] : ['userns', 'busybox']
const { describe, test } = requires(...needs)
const ranges = requires(...needs, 'uidmap')

interface Outcome {
  readonly stdout?: string
  readonly stderr?: string
  readonly reason?: string
  readonly exitCode?: number | null
  readonly code?: string
  readonly message?: string
  readonly hint?: string
}

describe('as an ordinary user', () => {
  const mark = newMark()
  let place: UserPlace
  let answers: Record<string, Outcome & Record<string, unknown>> = {}
  const of = (name: string): Outcome & Record<string, unknown> => answers[name] ?? {}

  beforeAll(async () => {
    place = makeUserPlace(['rootless-main.js', 'death-main.js', 'support/host-state.js', 'support/until.js'])
    const child = place.start('rootless-main.js', [mark])
    const [stdout, stderr] = await Promise.all([
      textOf(child.stdout),
      textOf(child.stderr),
      once(child, 'close'),
    ])
    if (child.exitCode !== 0) throw new Error(`ended with ${child.exitCode}: ${stderr}`)
    answers = JSON.parse(stdout) as typeof answers
  }, 300_000)
  afterAll(() => rmSync(place.temp, { recursive: true, force: true }))

  test('the host is usable, and root inside is the user outside', () => {
    expect(answers.usable).toBe(true)
    const { stdout, exitCode } = of('root')
    const owner = statSync(join(place.rootfs, 'data/x')).uid
    expect(stdout).toMatch(new RegExp(`^0\\n0\\n0\\n +0 +${owner} +1\\n`))
    expect(exitCode).toBe(0)
    expect(owner).not.toBe(0)
  })

  ranges.test('other users and groups come from the ranges of newuidmap', () => {
    expect(of('user').stdout).toMatch(/^1000\n2000 (2000 )?3000\n1000:2000\n$/)
    const [, start = ''] = readFileSync('/etc/subuid', 'utf8').match(/^execd-test:(\d+):/m) ?? []
    if (isRoot) expect(statSync(join(place.rootfs, 'tmp/u')).uid).toBe(Number(start) + 999)
  })

  test('isolation is that of root: capabilities, filter, descriptors, names, devices', () => {
    expect(of('status').stdout).toBe(
      'CapInh:0000000000000000\nCapPrm:00000000a80425fb\nCapEff:00000000a80425fb\nCapBnd:00000000a80425fb\nCapAmb:0000000000000000\n' +
        'NoNewPrivs:1\nSeccomp:2\n/proc/self/fd/0 /proc/self/fd/1 /proc/self/fd/2 /proc/self/fd/3\n',
    )
    expect(of('namespaces').stdout).toMatch(/^mine\nlo\n[2-4]\n/)
    expect(of('namespaces').stdout).toMatch(
      /fd full mqueue null ptmx pts random shm stderr stdin stdout tty urandom zero/,
    )
    expect(of('masked').stdout).toBe('0\n')
    expect(of('masked').stderr).toMatch(
      /hostname: Read-only file system\n[\s\S]*\/sys\/x: Read-only file system/,
    )
    expect(of('setuid').stderr).toMatch(/must be suid/)
  })

  test('mounts, overlay and the files of the host', () => {
    expect(of('mounts')).toMatchObject({ stdout: 'tmpfs\n' })
    expect(of('mounts').stderr).toMatch(/Read-only file system\n[\s\S]*(not permitted|denied)/)
    expect(of('overlay')).toMatchObject({ stdout: 'new\npasswd\n', stderr: '' })
    expect(of('after').stdout).toMatch(/\/etc:\ngroup\npasswd/)
    expect(of('host').stdout).toMatch(/^\d+\nfine\n/)
    expect(of('host').stdout).not.toMatch(/^0\n/)
    expect(of('host').stderr).toMatch(/shadow: Permission denied/)
  })

  test('limits that need no cgroup, input, init and terminal', () => {
    expect(of('rlimits').stdout).toBe('40\n')
    expect(of('input').stdout).toBe('through')
    expect(of('init')).toMatchObject({ stdout: '2\nexecd-init\n', exitCode: 5 })
    expect(of('terminal').stdout).toBe('/dev/pts/0\r\n12 34\r\nx\r\n')
    expect(of('terminalOfOne').stdout).toMatch(/^65534\r\n/)
    expect(Number(of('hostNetwork').stdout)).toBeGreaterThan(0)
  })

  test('a timeout ends everything, an exec works, and so does the end', () => {
    expect(of('timeout')).toMatchObject({ reason: 'timeout', signal: 'SIGKILL', cleanup: [] })
    expect(answers.exec).toEqual({ stdout: 'x /home\n0\n', exitCode: 9 })
    expect(answers.pids).toMatchObject({ count: 1, own: true })
    expect(answers.terminated).toBe('SIGKILL')
    expect(sleepers(mark)).toEqual([])
  })

  test('the end of an exec ends its whole tree, and not the container', () => {
    expect(answers.execTree).toEqual({ left: 0, status: 'running' })
  })

  test('the whole tree of an exec ends with it, with or without a cgroup, while the container lives', () => {
    expect(answers.execTrees).toMatchObject([
      { reason: 'exited', exitCode: 6, cleanup: [] },
      { reason: 'signaled', signal: 'SIGKILL', cleanup: [] },
      { reason: expect.any(String), signal: 'SIGKILL', cleanup: [] },
      { reason: 'timeout', signal: 'SIGKILL', cleanup: [] },
      { reason: 'exited', exitCode: 8 },
      { reason: 'lost' },
    ])
    expect(answers.pids).toMatchObject({ count: 1 })
    expect(sleepers(`7${mark}`)).toEqual([])
  })

  test('what cannot be done is refused with the reason and what helps', () => {
    for (const name of ['device', 'foreignMap']) {
      expect(of(name)).toMatchObject({ code: 'EXECD_UNSUPPORTED' })
      expect(of(name).hint).not.toBe('')
    }
    const refused = answers.refused as Record<string, { reason: string; hint?: string }>
    for (const [name, field] of [
      ['memory', 'resources.memory.limit'],
      ['hostPid', 'namespaces.pid=host'],
    ] as const) {
      const support = refused[field]
      if (support === undefined) expect(of(name)).toMatchObject({ reason: 'exited' })
      else
        expect(of(name)).toMatchObject({
          code: 'EXECD_UNSUPPORTED',
          message: expect.stringContaining(support.reason),
          hint: expect.stringContaining(support.hint ?? ''),
        })
    }
    expect(refused['devices.created']).toMatchObject({ reason: expect.any(String), hint: expect.any(String) })
    expect(of('notMapped').code).toMatch(/^EXECD_(PERMISSION|UNSUPPORTED|NAMESPACE)$/)
    expect(of('notFound')).toMatchObject({ code: 'EXECD_WORKING_DIRECTORY' })
  })

  test('Node is killed: nothing of its containers is left', async () => {
    const before = mounts()
    const child = place.start('death-main.js', ['', mark])
    const [line] = (await once(child.stdout ?? child, 'data')) as [Buffer]
    const { pids } = JSON.parse(String(line)) as { pids: number[] }
    await until('every process is there', () => sleepers(mark).length === 16)
    const closed = once(child, 'close')
    child.kill('SIGKILL')
    await closed
    await until('no process is left', () => sleepers(mark).length === 0 && !pids.some(isAlive))
    expect(mounts()).toEqual(before)
  }, 300_000)
})
