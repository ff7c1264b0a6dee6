import { createRuntime, ExecdError, type RunOptions } from '@execd/core'
import { NoopDriver } from '@execd/core/driver'
import { describe, expect, test } from '@jest/globals'
import { command, FOREVER, pause, rejection, runtimeOf } from './support.js'

/** A driver whose kills are noted. */
class Noting extends NoopDriver {
  readonly notes: string[] = []

  override kill(...[target, signal]: Parameters<NoopDriver['kill']>): Promise<void> {
    this.notes.push(`kill ${signal}`)
    return super.kill(target, signal)
  }

  override terminate(id: string): Promise<void> {
    this.notes.push('terminate')
    return super.terminate(id)
  }
}

describe('timeout', () => {
  test('kills at once, and keeps the output until then', async () => {
    const runtime = await runtimeOf({ act: { stdout: 'so far', ...FOREVER } })
    const result = await runtime.run(command('act'), { timeout: '100ms' })
    expect(result).toMatchObject({ reason: 'timeout', ok: false, signal: 'SIGKILL', stdout: 'so far' })
    expect(result.usage.wall).toBeLessThan(1000)
  })

  test('does nothing when the program is in time', async () => {
    const runtime = await runtimeOf({ act: { runs: 10 } })
    expect(await runtime.run(command('act'), { timeout: 10_000 })).toMatchObject({
      reason: 'exited',
      ok: true,
    })
  })

  test('longer than setTimeout can wait does not fire at once', async () => {
    const runtime = await runtimeOf({ act: { runs: 20 } })
    expect((await runtime.run(command('act'), { timeout: '2000h' })).reason).toBe('exited')
  })

  test('frees a paused container too', async () => {
    const runtime = await runtimeOf({ act: FOREVER })
    const container = await runtime.start(command('act'), { timeout: 100 })
    await container.pause()
    expect((await container.wait()).reason).toBe('timeout')
  })
})

describe('grace period', () => {
  test('the program may end by itself', async () => {
    const runtime = await runtimeOf({ act: { ...FOREVER, traps: { SIGTERM: 0 } } })
    const result = await runtime.run(command('act'), { timeout: 100, gracePeriod: '10s' })
    expect(result).toMatchObject({ reason: 'timeout', exitCode: 0, signal: null, ok: false })
  })

  test('SIGKILL follows when it does not', async () => {
    const runtime = await runtimeOf({ act: { ...FOREVER, traps: { SIGINT: null } } })
    const begun = performance.now()
    const result = await runtime.run(command('act'), { timeout: 100, gracePeriod: 40, killSignal: 'SIGINT' })
    expect(result).toMatchObject({ reason: 'timeout', signal: 'SIGKILL' })
    expect(performance.now() - begun).toBeGreaterThanOrEqual(135)
  })

  test('killSignal by number', async () => {
    const runtime = await runtimeOf({ act: { ...FOREVER, traps: { SIGUSR1: 7 } } })
    const result = await runtime.run(command('act'), { timeout: 100, gracePeriod: '10s', killSignal: 10 })
    expect(result).toMatchObject({ reason: 'timeout', exitCode: 7 })
  })

  test('terminate() does not wait for it', async () => {
    const runtime = await runtimeOf({ act: { ...FOREVER, traps: { SIGTERM: null } } })
    const container = await runtime.start(command('act'), { timeout: 100, gracePeriod: '1h' })
    await pause(130)
    expect(container.status).toBe('stopping')
    expect(await container.terminate()).toMatchObject({ reason: 'timeout', signal: 'SIGKILL' })
  })
})

describe('abort', () => {
  test('ends a run, and its reason is in the verdict', async () => {
    const runtime = await runtimeOf({ act: FOREVER })
    const controller = new AbortController()
    const running = runtime.run(command('act'), { signal: controller.signal })
    setTimeout(() => controller.abort('enough'), 100)
    expect(await running).toMatchObject({ reason: 'aborted', abortReason: 'enough', signal: 'SIGKILL' })
  })

  test('before the call: nothing reaches the driver', async () => {
    const runtime = await runtimeOf({ act: { startError: new ExecdError('EXECD_INTERNAL', 'was started') } })
    const events: string[] = []
    runtime.on('create', () => events.push('create'))
    const error = await rejection(
      'EXECD_ABORTED',
      runtime.run(command('act'), { signal: AbortSignal.abort('no') }),
    )
    expect(error.cause).toBe('no')
    expect(events).toEqual([])
  })

  test.each<[string, 'EXECD_ABORTED' | 'EXECD_TIMEOUT', (controller: AbortController) => RunOptions]>([
    ['abort', 'EXECD_ABORTED', ({ signal }) => ({ signal })],
    ['timeout', 'EXECD_TIMEOUT', () => ({ timeout: 20 })],
  ])('%s while creating: the start is given up and rejects', async (_name, code, optionsOf) => {
    const runtime = await runtimeOf({ act: { startDelay: 60_000 } })
    const controller = new AbortController()
    setTimeout(() => controller.abort(), 20)
    const begun = performance.now()
    await rejection(code, runtime.start(command('act', { id: 'x' }), optionsOf(controller)))
    expect(performance.now() - begun).toBeLessThan(5000)
    expect(runtime.info().containers.creating).toBe(0)
    expect((await runtime.run(command('fine', { id: 'x' }))).ok).toBe(true)
  })

  test('a start that succeeds too late is killed, not given out', async () => {
    /** Does not notice that it is given up. */
    class Stubborn extends NoopDriver {
      readonly ended: Array<Promise<unknown>> = []
      override async run(...[given, options]: Parameters<NoopDriver['run']>) {
        await pause(40)
        const process = await super.run(given, options)
        this.ended.push(process.exited)
        return process
      }
    }
    const driver = new Stubborn({ pretend: FOREVER })
    await using runtime = await createRuntime({ driver })
    await rejection('EXECD_TIMEOUT', runtime.start(command('act'), { timeout: 10 }))
    expect(driver.ended).toHaveLength(1)
    expect(await driver.ended[0]).toMatchObject({ signal: 'SIGKILL' })
    expect(runtime.list()).toEqual([])
  })

  test('during prestart: a hook that never ends does not hold it up, and poststop is called', async () => {
    const runtime = await runtimeOf({ act: FOREVER })
    const notes: string[] = []
    const hooks = { prestart: () => new Promise(() => {}), poststop: () => notes.push('poststop') }
    await rejection('EXECD_TIMEOUT', runtime.run(command('act'), { timeout: 20, hooks }))
    expect(notes).toEqual(['poststop'])
  })

  test('while the driver is asked for its capabilities', async () => {
    class Slow extends NoopDriver {
      override capabilities() {
        return new Promise<never>(() => {})
      }
    }
    await using runtime = await createRuntime({ driver: new Slow() })
    await rejection('EXECD_TIMEOUT', runtime.run(command('act'), { timeout: 20 }))
  })

  test('after the end does nothing, and nothing listens any more', async () => {
    const runtime = await runtimeOf({ act: {} })
    const controller = new AbortController()
    let added = 0
    let removed = 0
    const { signal } = controller
    const [add, remove] = [signal.addEventListener.bind(signal), signal.removeEventListener.bind(signal)]
    signal.addEventListener = (...args: unknown[]) => {
      added += 1
      add(...(args as Parameters<typeof add>))
    }
    signal.removeEventListener = (...args: unknown[]) => {
      removed += 1
      remove(...(args as Parameters<typeof remove>))
    }
    const result = await runtime.run(command('act'), { signal })
    await rejection('EXECD_INVALID_COMMAND', runtime.run(command('act', { hostname: '!' }), { signal }))
    controller.abort()
    expect(result.reason).toBe('exited')
    expect(added).toBe(1)
    expect(removed).toBe(1)
  })
})

describe('the first reason wins', () => {
  test.each([
    ['timeout before abort', 100, 200, 'timeout'],
    ['abort before timeout', 200, 100, 'aborted'],
  ])('%s', async (_name, timeout, abort, reason) => {
    const runtime = await runtimeOf({ act: { ...FOREVER, traps: { SIGTERM: null } } })
    const options = { timeout, signal: AbortSignal.timeout(abort), gracePeriod: 150 }
    expect((await runtime.run(command('act'), options)).reason).toBe(reason)
  })

  test('terminate() by hand is a signal, and a timeout after it no longer counts', async () => {
    class Slow extends NoopDriver {
      override async terminate(id: string) {
        await pause(150)
        return super.terminate(id)
      }
    }
    await using runtime = await createRuntime({ driver: new Slow({ pretend: FOREVER }) })
    const container = await runtime.start(command('act'), { timeout: 100 })
    expect(await container.terminate()).toMatchObject({ reason: 'signaled', signal: 'SIGKILL' })
  })

  test('everything is killed through terminate once, and only that without a grace period', async () => {
    const driver = new Noting({ pretend: FOREVER })
    await using runtime = await createRuntime({ driver })
    await runtime.run(command('act'), { timeout: 100 })
    expect(driver.notes).toEqual(['terminate'])
    driver.notes.length = 0
    await runtime.run(command('act'), { timeout: 100, gracePeriod: 10_000 })
    expect(driver.notes).toEqual(['kill 15'])
  })
})

describe('a driver that cannot kill', () => {
  class Weak extends NoopDriver {
    broken = true
    override async terminate(id: string) {
      if (this.broken) throw new ExecdError('EXECD_PERMISSION', 'not allowed')
      return super.terminate(id)
    }
  }

  test('run and wait reject with its error instead of waiting for ever; terminate can be tried again', async () => {
    const driver = new Weak({ pretend: FOREVER })
    const runtime = await createRuntime({ driver })
    await rejection('EXECD_PERMISSION', runtime.run(command('act', { id: 'a' }), { timeout: 100 }))
    const container = runtime.get('a')
    if (container === undefined) throw new Error('it still runs, so it is still there')
    await rejection('EXECD_PERMISSION', container.terminate())
    await rejection('EXECD_PERMISSION', container.wait())
    expect(container.status).toBe('stopping')
    driver.broken = false
    expect(await container.terminate()).toMatchObject({ reason: 'timeout', signal: 'SIGKILL' })
    expect(await container.wait()).toBe(await container.terminate())
    expect(runtime.get('a')).toBeUndefined()
    driver.broken = true
    await runtime.start(command('act', { id: 'b' }))
    await rejection('EXECD_PERMISSION', runtime.close())
    driver.broken = false
    await driver.terminate('b')
  })
})
