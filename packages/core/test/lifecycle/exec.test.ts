import { once } from 'node:events'
import { Readable } from 'node:stream'
import { text } from 'node:stream/consumers'
import type { ErrorCode, Verdict } from '@execd/core'
import { describe, expect, test } from '@jest/globals'
import { command, FOREVER, rejection, runtimeOf } from './support.js'

describe('exec', () => {
  test('is a process of its own in the container', async () => {
    const runtime = await runtimeOf({
      main: FOREVER,
      cat: { echo: true, stderr: 'e', exitCode: 2 },
      long: FOREVER,
    })
    const container = await runtime.start(command('main'))
    const announced = once(container as unknown as NodeJS.EventEmitter, 'exec')
    const cat = await container.exec({ args: ['cat'], env: { A: '1' } })
    expect((await announced)[0]).toBe(cat)
    expect(cat.process).toMatchObject({ args: ['cat'], env: { A: '1' }, cwd: '/' })
    const exits: Verdict[] = []
    cat.on('exit', (verdict) => exits.push(verdict))
    cat.stdin?.end('typed')
    expect(await text(cat.stdout ?? Readable.from([]))).toBe('typed')
    expect(await cat.wait()).toMatchObject({ id: cat.id, reason: 'exited', exitCode: 2 })
    expect(exits).toHaveLength(1)
    expect([cat.status, container.status]).toEqual(['stopped', 'running'])
    await rejection('EXECD_NOT_RUNNING', cat.kill())
    await rejection('EXECD_NOT_RUNNING', cat.stats())

    const long = await container.exec({ args: ['long'] })
    expect(long.id).not.toBe(cat.id)
    expect((await container.pids()).sort()).toEqual([container.pid, long.pid].sort())
    expect((await long.stats()).pids?.current).toBe(1)
    await long.kill('SIGINT')
    expect((await long.wait()).signal).toBe('SIGINT')
  })

  test('has its own timeout, abort, grace period and terminate', async () => {
    const runtime = await runtimeOf({ main: FOREVER, act: { ...FOREVER, traps: { SIGTERM: null } } })
    const container = await runtime.start(command('main'))
    const timed = await container.exec({ args: ['act'] }, { timeout: 100, gracePeriod: 20 })
    expect(await timed.wait()).toMatchObject({ reason: 'timeout', signal: 'SIGKILL' })
    const aborted = await container.exec({ args: ['act'] }, { signal: AbortSignal.timeout(100) })
    expect((await aborted.wait()).reason).toBe('aborted')
    await using killed = await container.exec({ args: ['act'] })
    expect(await killed.terminate()).toMatchObject({ reason: 'signaled', signal: 'SIGKILL' })
    expect(container.status).toBe('running')
  })

  test('has limits and out-of-memory events of its own', async () => {
    const runtime = await runtimeOf({ main: FOREVER, act: { ...FOREVER, oomEvents: 2 } })
    const container = await runtime.start(command('main', { resources: { pids: { limit: 50 } } }))
    const limited = await container
      .exec({ args: ['act'] }, { resources: { pids: { limit: '5' as never } } })
      .then(
        () => null,
        (error: { code: string }) => error.code,
      )
    expect(limited).toBe('EXECD_INVALID_COMMAND')
    let events = 0
    const exec = await container.exec({ args: ['act'] }, { resources: { pids: { limit: 5 } } })
    exec.on('oom', () => (events += 1))
    expect((await exec.stats()).pids?.limit).toBe(5)
    expect((await container.stats()).pids?.limit).toBe(50)
    await new Promise((resolve) => setTimeout(resolve, 10))
    expect(events).toBe(2)
  })

  test.each([
    ['execResources', { resources: { pids: { limit: 5 } } }],
    ['rotate', { stdio: { stdout: { file: '/nowhere/x', maxSize: '1MiB' } } }],
  ] as const)('needs a driver with "%s" for what stands on it', async (verb, options) => {
    const runtime = await runtimeOf(
      { main: FOREVER },
      { capabilities: { verbs: { [verb]: { reason: 'not here' } } } },
    )
    const container = await runtime.start(command('main'))
    const error = await rejection('EXECD_UNSUPPORTED', container.exec({ args: ['act'] }, options))
    expect(error.message).toContain('not here')
  })

  test('a start that is given up rejects; the container goes on', async () => {
    const runtime = await runtimeOf({ main: FOREVER, slow: { startDelay: 60_000 } })
    const container = await runtime.start(command('main'))
    await rejection('EXECD_TIMEOUT', container.exec({ args: ['slow'] }, { timeout: 20 }))
    await rejection('EXECD_ABORTED', container.exec({ args: ['slow'] }, { signal: AbortSignal.timeout(20) }))
    expect(await container.pids()).toEqual([container.pid])
  })

  test('ends with its container', async () => {
    const runtime = await runtimeOf({ main: FOREVER, act: FOREVER })
    const container = await runtime.start(command('main'))
    const execution = await container.exec({ args: ['act'] })
    await container.terminate()
    expect((await execution.wait()).signal).toBe('SIGKILL')
  })

  test('checks its process like that of a command', async () => {
    const capabilities = { fields: { 'process.umask': { reason: 'no umask' } } }
    const runtime = await runtimeOf({ main: FOREVER }, { capabilities })
    const container = await runtime.start(command('main'), { skipUnsupported: ['process.umask'] })
    const cases: Array<[ErrorCode, Promise<unknown>]> = [
      ['EXECD_INVALID_COMMAND', container.exec({ args: [] })],
      ['EXECD_UNSUPPORTED', container.exec({ args: ['x'], umask: 7 })],
      ['EXECD_INVALID_OPTION', container.exec({ args: ['x'] }, { timeout: 'soon' })],
    ]
    for (const [code, promise] of cases) await rejection(code, promise)
    const skipped = await container.exec({ args: ['x'], umask: 7 }, { skipUnsupported: ['process.umask'] })
    expect((await skipped.wait()).skipped).toEqual(['process.umask'])
  })
})
