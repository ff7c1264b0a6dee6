import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import type { TestFunction } from '@execd/test-support'
import { afterAll, beforeAll, describe, expect } from '@jest/globals'
import { makePlace, type Place, type PlaceDriver } from './place.js'

/** What detached containers of a driver do, by the command line. */
export function detachedSuite(driver: PlaceDriver | 'fake', test: TestFunction): void {
  /** The fake driver may give a container to two callers of one moment: what happens at the same time is tested over a real one. */
  const atOnce = driver !== 'fake'

  let place: Place
  beforeAll(async () => {
    place = await makePlace(driver)
  })
  afterAll(() => place?.leave())

  /** Each test runs many processes one after the other. */
  const LONG = 60_000
  const TICKS = 'i=0; while :; do i=$((i+1)); echo out $i; echo err $i >&2; sleep 0.05; done'
  const execd = (...args: string[]) => place.execd(args)

  async function start(name: string, script: string, ...flags: string[]): Promise<void> {
    expect(await place.run('-d', '--name', name, ...flags, '--', 'sh', '-c', script)).toEqual({
      status: 0,
      stdout: `${name}\n`,
      stderr: '',
    })
  }

  async function listed(...flags: string[]): Promise<Record<string, string>> {
    const { stdout } = await execd('ps', '--json', ...flags)
    const all = JSON.parse(stdout) as { id: string; status: string }[]
    return Object.fromEntries(all.map(({ id, status }) => [id, status]))
  }

  describe('a container that goes on', () => {
    test(
      'is listed, looked at, joined, frozen, stopped and removed',
      async () => {
        await start('web', TICKS)
        expect(await listed()).toMatchObject({ web: 'running' })
        expect((await execd('ps')).stdout).toMatch(
          /^web +\S+ +(just now|\d+ seconds? ago) +running +sh -c 'i=0;/m,
        )
        expect(await execd('exec', 'web', '--', 'sh', '-c', 'echo in; echo on err >&2; exit 4')).toEqual({
          status: 4,
          stdout: 'in\n',
          stderr: 'on err\n',
        })
        expect((await place.execd(['exec', '-i', 'web', 'cat'], { input: 'typed' })).stdout).toBe('typed')
        expect((await execd('pause', 'we')).stdout).toBe('web\n')
        expect(await listed()).toMatchObject({ web: 'paused' })
        expect(await execd('exec', 'web', 'true')).toMatchObject({
          status: 125,
          stderr: expect.stringMatching(/paused/),
        })
        await execd('unpause', 'web')
        const [known] = JSON.parse((await execd('inspect', 'web')).stdout) as [Record<string, unknown>]
        expect(known).toMatchObject({
          id: 'web',
          status: 'running',
          owner: null,
          command: { id: 'web' },
          removedAtEnd: false,
        })
        expect((await execd('rm', 'web')).stderr).toMatch(
          /web is running\nhint: execd stop web, or execd rm --force web/,
        )
        expect((await execd('stop', '-t', '200ms', 'web')).stdout).toBe('web\n')
        expect(await listed()).not.toHaveProperty('web')
        expect(await listed('-a')).toMatchObject({ web: 'exited' })
        expect((await execd('rm', 'web')).stdout).toBe('web\n')
        expect(await listed('-a')).not.toHaveProperty('web')
      },
      LONG,
    )

    test(
      'its output is read from its files, while it runs and after',
      async () => {
        await start(
          'talk',
          'echo one; echo two; echo bad >&2; while [ ! -f /tmp/go ]; do sleep 0.02; done; printf three',
        )
        const following = execd('logs', '-f', 'talk')
        await execd('exec', 'talk', 'touch', '/tmp/go')
        expect(await following).toEqual({ status: 0, stdout: 'one\ntwo\nthree', stderr: 'bad\n' })
        expect((await execd('logs', '--tail', '2', 'talk')).stdout).toBe('two\nthree')
        expect(await execd('logs', '--stderr', 'talk')).toMatchObject({ stdout: '', stderr: 'bad\n' })
        await execd('rm', 'talk')
      },
      LONG,
    )

    test(
      'wait gives its exit status, also to several, and after the end',
      async () => {
        await start('bad', 'sleep 0.3; exit 9')
        const waits = await Promise.all([execd('wait', 'bad'), ...(atOnce ? [execd('wait', 'bad')] : [])])
        for (const { stdout } of waits) expect(stdout).toBe('9\n')
        expect((await execd('wait', 'bad')).stdout).toBe('9\n')
        const [known] = JSON.parse((await execd('wait', '--json', 'bad')).stdout) as [Record<string, unknown>]
        expect(known).toMatchObject({ id: 'bad', exitStatus: 9, verdict: { reason: 'exited', exitCode: 9 } })
        expect((await execd('ps', '-a')).stdout).toMatch(/^bad .* exited \(9\)/m)
        await execd('rm', 'bad')
      },
      LONG,
    )

    test(
      'kill sends a signal, and without one ends everything',
      async () => {
        await start('deaf', "trap 'echo heard' USR1; trap '' TERM; while :; do sleep 0.02; done")
        await execd('kill', '-s', 'usr1', 'deaf')
        await execd('kill', '--signal=SIGTERM', 'deaf')
        await execd('kill', 'deaf')
        expect((await execd('wait', 'deaf')).stdout).toBe('137\n')
        expect((await execd('logs', 'deaf')).stdout).toBe('heard\n')
        await execd('rm', 'deaf')
      },
      LONG,
    )

    test(
      'with --rm nothing is left when its end was seen',
      async () => {
        await start('brief', 'sleep 1; exit 3', '--rm')
        expect((await execd('wait', 'brief')).stdout).toBe('3\n')
        expect(await listed('-a')).not.toHaveProperty('brief')
        expect(existsSync(join(place.folder, 'state/brief'))).toBe(false)
      },
      LONG,
    )
  })

  describe('several commands at once', () => {
    test(
      'one that is soon done is waited for; a longer owner is named',
      async () => {
        await start('busy', TICKS)
        const short = !atOnce
          ? []
          : await Promise.all([execd('exec', 'busy', 'sleep', '0.3'), execd('exec', 'busy', 'echo', 'hi')])
        for (const { status } of short) expect(status).toBe(0)
        let ready: (kill: () => void) => void = () => {}
        const killing = new Promise<() => void>((resolve) => {
          ready = resolve
        })
        const long = place.execd(['exec', 'busy', '--', 'sh', '-c', 'echo ready; sleep 60'], {
          onOutput: (send) => ready(() => send('SIGTERM')),
        })
        const kill = await killing
        await until(async () => JSON.parse((await execd('ps', '--json')).stdout)[0].owner !== null)
        expect(await execd('pause', 'busy')).toMatchObject({
          status: 1,
          stderr: expect.stringMatching(/container busy is owned by process \d+ \(.*execd\.mjs.*\)\nhint: /),
        })
        kill()
        expect((await long).status).toBe(143)
        await execd('rm', '-f', 'busy')
      },
      LONG,
    )

    test(
      'of several containers one that fails keeps nobody from the others',
      async () => {
        await start('a1', TICKS)
        await start('a2', 'exit 0')
        await execd('wait', 'a2')
        const { status, stdout, stderr } = await execd('kill', 'a2', 'a1')
        expect([status, stdout]).toEqual([1, 'a1\n'])
        expect((await execd('stop', 'a2')).status).toBe(0)
        expect(stderr).toMatch(/container a2 has ended\nhint: /)
        await execd('rm', 'a1', 'a2')
      },
      LONG,
    )
  })

  describe('figures', () => {
    if (atOnce)
      test(
        'a limit that is changed holds for what runs',
        async () => {
          await start('less', 'sleep 60', '-m', '64m')
          const limit = async (): Promise<number> => {
            const { stdout } = await execd('stats', '--no-stream', '--json', '--interval=100ms', 'less')
            return JSON.parse(stdout).stats.memory.limit
          }
          expect(await limit()).toBe(64 * 1024 ** 2)
          expect((await execd('update', '-m', '32m', 'less')).stdout).toBe('less\n')
          expect(await limit()).toBe(32 * 1024 ** 2)
          await execd('rm', '-f', 'less')
        },
        LONG,
      )

    test(
      'of all containers, of some, of one; as text and as JSON',
      async () => {
        await start('load', TICKS)
        expect((await execd('stats', '--no-stream', '--interval', '100ms')).stdout).toMatch(
          /^CONTAINER .*\nload +\S/,
        )
        const line = (await execd('stats', '--no-stream', '--json', '--interval=100ms', 'load')).stdout
        expect(JSON.parse(line)).toMatchObject({
          id: 'load',
          stats: { pids: { current: expect.any(Number) } },
        })
        expect((await execd('top', '--interval', '100ms')).stdout).toMatch(/^CONTAINER .*\nload /)
        expect((await execd('top', '--interval', '100ms', 'load')).stdout).toMatch(
          /^PID +INSIDE .*[\s\S]*sh -c i=0/,
        )
        if (!atOnce) {
          await execd('rm', '-f', 'load')
          return
        }
        let shown = (): void => {}
        const showing = new Promise<void>((resolve) => {
          shown = resolve
        })
        const over = place.execd(['stats', '--interval', '100ms', 'load'], { onOutput: shown })
        await showing
        await execd('rm', '-f', 'load')
        expect((await over).status).toBe(0)
      },
      LONG,
    )
  })

  describe('what cannot be', () => {
    test(
      'a name twice',
      async () => {
        await start('once', TICKS)
        expect(await place.run('-d', '--name', 'once', 'true')).toMatchObject({
          status: 125,
          stderr: expect.stringMatching(/there is a container once/),
        })
        await execd('rm', '-f', 'once')
      },
      LONG,
    )

    test(
      'a start that fails leaves no folder',
      async () => {
        expect((await place.run('-d', '--name', 'none', 'no-such-program')).status).toBe(127)
        expect(readdirSync(join(place.folder, 'state'))).toEqual([])
      },
      LONG,
    )

    test.each<[string[], number, RegExp]>([
      [['logs', 'nobody'], 1, /there is no detached container nobody/],
      [['exec', 'nobody', 'true'], 125, /there is no detached container nobody/],
      [['update', 'nobody'], 2, /wanted a limit/],
      [['stop', '-t', 'soon', 'nobody'], 2, /--time: wanted a time/],
      [['sweep'], 0, /^$/],
    ])(
      '%j',
      async (args, status, stderr) => {
        expect(await place.execd(args)).toMatchObject({ status, stderr: expect.stringMatching(stderr) })
      },
      LONG,
    )
  })
}

async function until(condition: () => Promise<boolean>): Promise<void> {
  while (!(await condition())) await new Promise((resolve) => setTimeout(resolve, 20))
}
