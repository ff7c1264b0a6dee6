import { chmodSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { CommandInput, Container, Runtime } from '@execd/core'
import { requires } from '@execd/test-support'
import { afterAll, beforeAll, expect, jest } from '@jest/globals'
import { leftovers, lxcRuntime, makeRootfs, scratch } from './support/container.js'
import { Screen } from './support/screen.js'
import { until } from './support/until.js'

const { describe, test } = requires('root', 'lxc', 'busybox')
jest.setTimeout(60_000)

describe('terminals, and the init of LXC', () => {
  const folder = scratch()
  let rootfs: string
  let runtime: Runtime
  beforeAll(async () => {
    rootfs = makeRootfs(join(folder.path, 'rootfs'))
    writeFileSync(join(rootfs, 'bin/no-right'), '#!/bin/sh\n', { mode: 0o644 })
    writeFileSync(join(rootfs, 'bin/no-shell'), '#!/bin/nowhere -x\n', { mode: 0o755 })
    writeFileSync(join(rootfs, 'bin/mine'), '#!/bin/sh\n', { mode: 0o700 })
    chmodSync(join(rootfs, 'tmp'), 0o1777)
    runtime = await lxcRuntime(folder.path)
  })
  afterAll(async () => {
    await runtime.close()
    expect(leftovers(folder.path)).toEqual([])
    folder.remove()
  })

  const command = (script: string, process: object = {}, rest: object = {}): CommandInput => ({
    rootfs,
    ...rest,
    process: { args: ['sh', '-c', script], terminal: true, ...process },
  })
  const open = async (script: string, process: object = {}, rest: object = {}) => {
    const container = await runtime.start(command(script, process, rest))
    return { container, screen: new Screen(container) }
  }
  const failure = (input: CommandInput) =>
    runtime.run(input).then(
      () => null,
      (error: { code: string }) => error.code,
    )
  const idle = (): Promise<Container> => runtime.start({ rootfs, process: { args: ['sleep', '1000'] } })

  test('the size is right from the first byte and can be changed', async () => {
    const script = 'stty size; trap "stty size" WINCH; echo ready; while :; do sleep 0.02; done'
    const { container, screen } = await open(script, { consoleSize: { height: 31, width: 91 } })
    await screen.shows(/^31 91\r\nready\r\n$/)
    await Promise.all([
      container.resize({ height: 40, width: 100 }),
      container.resize({ height: 50, width: 132 }),
    ])
    await screen.shows(/\n50 132\r\n$/)
    await container.terminate()
    await expect(container.resize({ height: 24, width: 80 })).rejects.toMatchObject({
      code: 'EXECD_NOT_RUNNING',
    })
  })

  test('bytes pass as they are: carriage returns, without the terminal changing them, and at the end', async () => {
    const wanted = 'a\r\nb\nc\rd\r\r\n\n\re\r'
    const { container, screen } = await open(`stty raw -echo; printf '${wanted}'; sleep 0.3; printf 'f\r'`)
    await container.wait()
    expect(screen.text).toBe(`${wanted}f\r`)
  })

  test('a shell has job control: stop, background, foreground', async () => {
    const { container, screen } = await open('exec sh -i')
    screen.type('PS1="$(echo ready)> "; sleep 1001\n')
    const names = async () => (await container.pids()).map((pid) => readFileSync(`/proc/${pid}/comm`, 'utf8'))
    await until('the job runs', async () => (await names()).includes('sleep\n'))
    screen.type('\x1a')
    await screen.shows(/Stopped +sleep 1001/)
    screen.type('bg; jobs; echo back\n')
    await screen.shows(/\nback/)
    expect(screen.text).not.toMatch(/can't access tty|job control turned off/)
    screen.type('fg\n')
    await screen.shows(/sleep 1001\r\n$/)
    screen.type('\x03')
    screen.type('exit 4\n')
    expect(await container.wait()).toMatchObject({ exitCode: 4 })
  })

  test('typed text is echoed, and control-D is the end of the input', async () => {
    const { container, screen } = await open('cat; echo end; exit 3')
    screen.type('hello\n')
    await screen.shows(/^hello\r\nhello\r\n/)
    screen.type('\x04')
    expect(await container.wait()).toMatchObject({ exitCode: 3 })
    expect(screen.text).toMatch(/end\r\n$/)
  })

  test('all output arrives, however fast the program ends, of many at once', async () => {
    const wanted = Array.from({ length: 20_000 }, (_, index) => `${index + 1}\r\n`).join('')
    for (let round = 0; round < 3; round += 1) {
      const results = await Promise.all(
        Array.from({ length: 4 }, () => runtime.run(command('seq 20000'), { maxOutput: '1MiB' })),
      )
      for (const { stdout } of results) expect(stdout === wanted).toBe(true)
    }
  })

  test('output that nobody reads keeps no container from ending', async () => {
    const flood = await runtime.start(command('yes'))
    flood.stdout?.once('readable', () => {})
    await until('there is something to read', () => (flood.stdout?.readableLength ?? 0) > 0)
    expect(await flood.terminate()).toMatchObject({ signal: 'SIGKILL' })
    // less than what fits between the terminal and a reader: more would hold the program up, as a pipe does
    const ended = await runtime.start(command('seq 100; exit 6'))
    expect(await ended.wait()).toMatchObject({ exitCode: 6 })
  })

  test('hanging up is a SIGHUP for the program', async () => {
    for (const name of ['stdin', 'stdout'] as const) {
      const script = 'trap "exit 5" HUP; echo ready; while :; do sleep 0.02; done'
      const { container, screen } = await open(script)
      await screen.shows(/ready/)
      container[name]?.destroy()
      expect(await container.wait()).toMatchObject({ exitCode: 5 })
    }
  })

  test('the terminal is the user’s, its own, and controls the session', async () => {
    const { container, screen } = await open(
      'stat -c "%u %a %t:%T" $(tty); ls -1 /dev/pts; cut -d" " -f7 /proc/self/stat; : </dev/tty && echo opened; echo to >/dev/console; exit 0',
      { user: 'bob' },
    )
    expect(await container.wait()).toMatchObject({ exitCode: 0 })
    expect(screen.text).toMatch(/^1000 700 88:0\r\n0\r\nptmx\r\n34816\r\nopened\r\nto\r\n$/)
  })

  test('what cannot be executed is a failure to start', async () => {
    const program = (name: string, process: object = {}): CommandInput =>
      command('', { ...process, args: [name] })
    for (const missing of ['nowhere', '/bin/nowhere', './bin/nowhere', 'no-shell'])
      expect([missing, await failure(program(missing))]).toEqual([missing, 'EXECD_PROGRAM_NOT_FOUND'])
    for (const refused of ['no-right', '/bin', '/etc/passwd'])
      expect([refused, await failure(program(refused))]).toEqual([refused, 'EXECD_PROGRAM_NOT_EXECUTABLE'])
    expect(await failure(program('mine', { user: 'bob' }))).toBe('EXECD_PROGRAM_NOT_EXECUTABLE')
    expect(await failure({ rootfs, init: true, process: { args: ['nowhere'] } })).toBe(
      'EXECD_PROGRAM_NOT_FOUND',
    )
    expect(await runtime.run(command('exit 255'))).toMatchObject({ exitCode: 255 })
  })

  test('under an init: kills reach the command, its end ends what it left, codes and signals', async () => {
    const under = (script: string): Promise<Container> =>
      runtime.start({ rootfs, init: true, process: { args: ['sh', '-c', script] } }, { stdio: 'ignore' })
    const trapped = await under('trap "exit 9" TERM; while :; do sleep 0.02; done')
    await trapped.pause()
    await trapped.kill('SIGTERM')
    await trapped.unpause()
    expect(await trapped.wait()).toMatchObject({ exitCode: 9 })
    const killed = await under('while :; do sleep 0.02; done')
    await killed.kill('SIGUSR1')
    expect(await killed.wait()).toMatchObject({ exitCode: null, signal: 'SIGUSR1' })
    const orphans = await under('setsid sleep 1000 & sleep 0.05; exit 3')
    expect(await orphans.wait()).toMatchObject({ exitCode: 3 })
    const own = await under('kill -SEGV $$')
    expect(await own.wait()).toMatchObject({ reason: 'exited', exitCode: 139 }) // LXC's init tells no more
    const ended = await under('sleep 1000')
    expect(await ended.terminate()).toMatchObject({ exitCode: null, signal: 'SIGKILL' })
  })

  test('under an init: out of memory', async () => {
    const verdict = await runtime.run({
      rootfs,
      init: true,
      process: { args: ['sh', '-c', 'x=1234567; while :; do x=$x$x; done'] },
      resources: { memory: { limit: '16MiB' } },
    })
    expect(verdict).toMatchObject({ reason: 'oom', signal: 'SIGKILL' })
  })

  test('in a user namespace', async () => {
    const uidMappings = [{ containerID: 0, hostID: 200_000, size: 65_536 }]
    const namespaces = { user: 'private', uidMappings, gidMappings: uidMappings }
    const { container, screen } = await open(
      'tty; trap "exit 8" INT; echo ready; while :; do sleep 0.02; done',
      {},
      { namespaces },
    )
    await screen.shows(/^\/dev\/pts\/0\r\nready/)
    screen.type('\x03')
    expect(await container.wait()).toMatchObject({ exitCode: 8 })
  })

  test('an exec can have one where the first process has none', async () => {
    const container = await idle()
    const script = 'trap "stty size; exit 6" WINCH; tty; echo $$ >/dev/tty; while :; do sleep 0.02; done'
    const execution = await container.exec({ args: ['sh', '-c', script], terminal: true })
    const screen = new Screen(execution)
    await screen.shows(/^\/dev\/pts\/\d\r\n\d+\r\n$/)
    await execution.resize({ height: 9, width: 99 })
    expect(await execution.wait()).toMatchObject({ exitCode: 6 })
    expect(screen.text).toMatch(/9 99\r\n$/)
    expect(container.status).toBe('running')
    await container.terminate()
  })

  test('an exec: keys, signals, long arguments, all of its output, what it left', async () => {
    const container = await idle()
    const exec = async (script: string, ...more: string[]) => {
      const execution = await container.exec({ args: ['sh', '-c', script, ...more], terminal: true })
      return { execution, screen: new Screen(execution) }
    }
    const interrupted = await exec('trap "exit 7" INT; echo ready; while :; do sleep 0.02; done')
    await interrupted.screen.shows(/ready/)
    interrupted.screen.type('\x03')
    expect(await interrupted.execution.wait()).toMatchObject({ exitCode: 7 })
    const killed = await exec('sleep 1000')
    await killed.execution.kill('SIGTERM')
    expect(await killed.execution.wait()).toMatchObject({ signal: 'SIGTERM' })
    const long = await exec('expr length $0; echo "$1"; seq 20000; exit 4', 'x'.repeat(100_000), `'"\n$HOME`)
    expect(await long.execution.wait()).toMatchObject({ exitCode: 4 })
    expect(long.screen.text).toMatch(/^100000\r\n'"\r\n\$HOME\r\n1\r\n2\r\n/)
    expect(long.screen.text).toMatch(/\r\n20000\r\n$/)
    const holds = await exec('(trap "" HUP; exec sleep 1000) & sleep 0.05; exit 2')
    expect(await holds.execution.wait()).toMatchObject({ exitCode: 2 })
    const missing = container.exec({ args: ['nowhere'], terminal: true })
    await expect(missing).rejects.toMatchObject({ code: 'EXECD_PROGRAM_NOT_FOUND' })
    expect(container.status).toBe('running')
    await container.terminate()
  })
})
