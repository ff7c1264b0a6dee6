import { once } from 'node:events'
import { Readable } from 'node:stream'
import { buffer, text } from 'node:stream/consumers'
import type { Container, Verdict } from '@execd/core'
import { describe, expect, test } from '@jest/globals'
import { command, FOREVER, pause, rejection, runtimeOf } from './support.js'

describe('a container', () => {
  test('has identity, process, streams, state and the command with every default', async () => {
    const runtime = await runtimeOf({ act: { echo: true, stderr: 'err' } })
    const container = await runtime.start(command('act', { id: 'c1', labels: { a: 'b' } }))
    expect([container.id, container.status]).toEqual(['c1', 'running'])
    expect(container.pid).toBeGreaterThan(0)
    expect(container.command).toMatchObject({ id: 'c1', labels: { a: 'b' }, process: { cwd: '/' } })
    expect(Object.isFrozen(container.command)).toBe(true)
    expect(await container.info()).toMatchObject({ id: 'c1', status: 'running', pid: container.pid })
    container.stdin?.end('typed')
    const outputs = [container.stdout, container.stderr].map((stream) => text(stream ?? Readable.from([])))
    expect(await Promise.all(outputs)).toEqual(['typed', 'err'])
    expect(await container.wait()).toMatchObject({ id: 'c1', reason: 'exited', ok: true })
    expect(container.status).toBe('stopped')
    expect(await container.info()).toBeNull()
  })

  test('has no streams where stdio is no pipe', async () => {
    const runtime = await runtimeOf({ act: {} })
    const container = await runtime.start(command('act'), { stdio: 'ignore' })
    expect([container.stdin, container.stdout, container.stderr]).toEqual([null, null, null])
  })

  test('waits for whoever reads its output; all of it is readable after the exit', async () => {
    const runtime = await runtimeOf({
      flood: { stdout: Array.from({ length: 100 }, () => Buffer.alloc(10_000)) },
      small: { stdout: 'little' },
    })
    const flood = await runtime.start(command('flood'))
    await pause(30)
    expect(flood.status).toBe('running')
    expect(await buffer(flood.stdout ?? Readable.from([]))).toHaveLength(1_000_000)
    const small = await runtime.start(command('small'))
    await small.wait()
    expect(await text(small.stdout ?? Readable.from([]))).toBe('little')
  })

  test('gives the same verdict as often as asked, also long after', async () => {
    const runtime = await runtimeOf({ act: { exitCode: 4 } })
    const container = await runtime.start(command('act'))
    const verdicts = await Promise.all([container.wait(), container.wait()])
    expect(verdicts[0]).toBe(verdicts[1])
    expect(await container.terminate()).toBe(verdicts[0])
  })

  test('signals by name and number; SIGTERM when nothing is said', async () => {
    const runtime = await runtimeOf({ act: { ...FOREVER, traps: { SIGUSR1: null, SIGHUP: 9 } } })
    const [first, second] = await Promise.all([runtime.start(command('act')), runtime.start(command('act'))])
    await first.kill('SIGUSR1')
    expect(first.status).toBe('running')
    await first.kill(1)
    expect(await first.wait()).toMatchObject({ reason: 'exited', exitCode: 9 })
    await second.kill()
    expect(await second.wait()).toMatchObject({ reason: 'signaled', signal: 'SIGTERM' })
  })

  test.each([0, -1, 65, 1.5, Number.NaN, 'TERM', 'sigterm', 'SIGNOPE', ''])(
    'refuses the signal %p',
    async (signal) => {
      const runtime = await runtimeOf({ act: FOREVER })
      const container = await runtime.start(command('act'))
      const error = await rejection('EXECD_INVALID_OPTION', container.kill(signal as number))
      expect(error.details).toMatchObject({ path: 'signal', got: JSON.stringify(signal) })
      if (signal === 'TERM' || signal === 'sigterm') expect(error.hint).toContain('SIGTERM')
    },
  )

  test('freezes and thaws, told by events; one after the other', async () => {
    const runtime = await runtimeOf({ act: FOREVER })
    const container = await runtime.start(command('act'))
    const events: string[] = []
    container.on('pause', () => events.push('pause')).on('unpause', () => events.push('unpause'))
    await rejection('EXECD_INVALID_STATE', container.unpause())
    await Promise.all([container.pause(), container.unpause(), container.pause()])
    expect(events).toEqual(['pause', 'unpause', 'pause'])
    expect(container.status).toBe('paused')
    await rejection('EXECD_INVALID_STATE', container.pause())
    await rejection('EXECD_INVALID_STATE', container.exec({ args: ['x'] }))
    await container.kill('SIGTERM')
    await pause(5)
    expect(container.status).toBe('paused')
    await container.unpause()
    expect((await container.wait()).signal).toBe('SIGTERM')
  })

  test('lists process ids, changes limits, and resizes its terminal', async () => {
    const runtime = await runtimeOf({ act: FOREVER })
    const spec = { args: ['act'], terminal: true }
    const container = await runtime.start({
      rootfs: { type: 'host' },
      process: spec,
      resources: { pids: { limit: 5 }, memory: { limit: '64MiB' } },
    })
    expect(await container.pids()).toEqual([container.pid])
    await container.resize({ height: 40, width: 100 })
    await container.update({ pids: { limit: 9 } })
    expect((await container.info())?.details).toEqual({ terminal: '100x40', pids: '9' })
    expect(container.command.resources).toMatchObject({
      pids: { limit: 9 },
      memory: { limit: 64 * 1024 ** 2 },
    })
    expect(Object.isFrozen(container.command.resources.pids)).toBe(true)
    await rejection('EXECD_INVALID_OPTION', container.resize({ height: 0, width: 80 }))
    await rejection('EXECD_INVALID_COMMAND', container.update({ pids: { limit: 0 } }))
    expect(container.command.resources.pids.limit).toBe(9)
  })

  test('has no terminal to resize without asking for one', async () => {
    const runtime = await runtimeOf({ act: FOREVER })
    const container = await runtime.start(command('act'))
    await rejection('EXECD_INVALID_STATE', container.resize({ height: 1, width: 1 }))
  })

  test('refuses to be updated with what the driver cannot do', async () => {
    const capabilities = { fields: { 'resources.cpu.shares': { reason: 'no cpu controller' } } }
    const runtime = await runtimeOf({ act: FOREVER }, { capabilities })
    const container = await runtime.start(command('act'))
    const error = await rejection('EXECD_UNSUPPORTED', container.update({ cpu: { shares: 512 } }))
    expect(error.message).toContain('no cpu controller')
  })

  const verbs: Array<[string, (container: Container) => Promise<unknown>]> = [
    ['kill', (container) => container.kill('SIGTERM')],
    ['exec', (container) => container.exec({ args: ['x'] })],
    ['pause', (container) => container.pause()],
    ['unpause', (container) => container.unpause()],
    ['pids', (container) => container.pids()],
    ['stats', (container) => container.stats()],
    ['update', (container) => container.update({})],
    ['resize', (container) => container.resize({ height: 1, width: 1 })],
  ]

  test.each(verbs)('%s after the end is EXECD_NOT_RUNNING', async (_name, call) => {
    const runtime = await runtimeOf({ act: {} })
    const container = await runtime.start(command('act'))
    await container.wait()
    await rejection('EXECD_NOT_RUNNING', call(container))
  })

  test.each([
    ['exec', 'exec'],
    ['pause', 'pause'],
    ['stats', 'stats'],
    ['update', 'update'],
    ['resize', 'resize'],
  ] as const)('%s that the driver does not have is EXECD_UNSUPPORTED with its reason', async (name, verb) => {
    const capabilities = { verbs: { [verb]: { reason: 'not here', hint: 'elsewhere' } } }
    const runtime = await runtimeOf({ act: FOREVER }, { capabilities })
    const container = await runtime.start({
      rootfs: { type: 'host' },
      process: { args: ['act'], terminal: true },
    })
    const call = verbs.find(([other]) => other === name)?.[1] ?? (() => Promise.resolve())
    const error = await rejection('EXECD_UNSUPPORTED', call(container))
    expect([error.message, error.hint]).toEqual([`driver noop cannot do "${verb}": not here`, 'elsewhere'])
  })

  test('is terminated by `await using`', async () => {
    const runtime = await runtimeOf({ act: FOREVER })
    let seen: Promise<Verdict> | undefined
    {
      await using container = await runtime.start(command('act'))
      seen = container.wait()
    }
    expect(runtime.list()).toEqual([])
    expect(await seen).toMatchObject({ reason: 'signaled', signal: 'SIGKILL' })
  })

  test('works with once() of node:events', async () => {
    const runtime = await runtimeOf({ act: { runs: 10, exitCode: 5 } })
    const container = await runtime.start(command('act'))
    const [verdict] = (await once(container as unknown as NodeJS.EventEmitter, 'exit')) as [Verdict]
    expect(verdict.exitCode).toBe(5)
  })

  test('EPIPE of a stdin that nobody reads any more is no uncaught exception', async () => {
    const runtime = await runtimeOf({ act: {} })
    const container = await runtime.start(command('act'))
    await container.wait()
    const failed = new Promise<unknown>((resolve) => container.stdin?.write('late', resolve))
    expect(await failed).toBeDefined()
  })
})
