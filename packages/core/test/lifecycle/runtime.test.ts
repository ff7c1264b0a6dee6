import { createRuntime, ExecdError, type Runtime, type Verdict } from '@execd/core'
import { NoopDriver, noopDriver } from '@execd/core/driver'
import { describe, expect, test } from '@jest/globals'
import { command, FOREVER, pause, rejection, runtimeOf } from './support.js'

describe('createRuntime', () => {
  test('takes a plugin with options, and a driver object', async () => {
    const pretend = { exitCode: 6 }
    await using fromPlugin = await createRuntime({ driver: noopDriver, driverOptions: { pretend } })
    await using fromObject = await createRuntime({ driver: new NoopDriver({ pretend }) })
    for (const runtime of [fromPlugin, fromObject]) {
      expect((await runtime.run(command('x'))).exitCode).toBe(6)
      expect(runtime.info()).toMatchObject({ driver: 'noop', apiVersion: 1, closed: false })
    }
  })

  test.each<[string, Parameters<typeof createRuntime>[0], RegExp]>([
    ['no object', 'native' as never, /^options: wanted an object with a `driver`/],
    ['an unknown option', { driver: noopDriver, drivr: 1 } as never, /^drivr: wanted no such option/],
    [
      'options beside a driver object',
      { driver: new NoopDriver(), driverOptions: {} },
      /^driverOptions: wanted nothing/,
    ],
    ['a place beside a driver object', { driver: new NoopDriver(), from: '.' }, /^from: wanted nothing/],
  ])('refuses %s', async (_name, options, message) => {
    expect((await rejection('EXECD_INVALID_OPTION', createRuntime(options))).message).toMatch(message)
  })

  test('a driver object belongs to one runtime', async () => {
    const driver = new NoopDriver()
    await using runtime = await createRuntime({ driver })
    await rejection('EXECD_INVALID_OPTION', createRuntime({ driver }))
    expect((await runtime.run(command('x'))).ok).toBe(true)
  })

  test('names what is missing of something that is no driver', async () => {
    const half = Object.assign(Object.create(null), {
      name: 'half',
      run: async () => {},
      kill: async () => {},
    })
    const error = await rejection('EXECD_DRIVER_INVALID', createRuntime({ driver: half }))
    expect(error.message).toMatch(/lacks capabilities\(\), probe\(\), exec\(\).*Symbol\(.*asyncDispose\)/)
    const plugin = { name: 'half', apiVersion: 1, create: () => half }
    await rejection('EXECD_DRIVER_INVALID', createRuntime({ driver: plugin }))
  })

  test('passes on what the driver says to its options, wrapped where it is no error of ours', async () => {
    const own = new ExecdError('EXECD_INVALID_OPTION', 'root: wanted a path')
    const failing = (error: unknown) => ({
      name: 'bad',
      apiVersion: 1,
      create: () => {
        throw error
      },
    })
    expect(await rejection('EXECD_INVALID_OPTION', createRuntime({ driver: failing(own) }))).toBe(own)
    const wrapped = await rejection('EXECD_INTERNAL', createRuntime({ driver: failing(new Error('boom')) }))
    expect(wrapped.details.driver).toBe('bad')
  })

  test('says what to install for a name that is not there', async () => {
    const error = await rejection('EXECD_DRIVER_NOT_FOUND', createRuntime({ driver: 'nowhere-to-be-found' }))
    expect(error.hint).toContain('npm install')
  })
})

describe('ids', () => {
  test('one at a time in a runtime, also while it is being created; free when all is gone', async () => {
    const runtime = await runtimeOf({ slow: { startDelay: 50, ...FOREVER } })
    const starting = runtime.start(command('slow', { id: 'x' }))
    await rejection('EXECD_ID_IN_USE', runtime.start(command('slow', { id: 'x' })))
    expect(runtime.get('x')).toBeUndefined()
    const container = await starting
    await rejection('EXECD_ID_IN_USE', runtime.run(command('slow', { id: 'x' })))
    expect(runtime.get('x')).toBe(container)
    await container.terminate()
    expect((await runtime.run(command('other', { id: 'x' }))).id).toBe('x')
  })

  test('are made where there is none', async () => {
    const runtime = await runtimeOf({})
    const results = await Promise.all(Array.from({ length: 20 }, () => runtime.run(command('x'))))
    expect(new Set(results.map(({ id }) => id)).size).toBe(20)
  })

  test('two runtimes do not know of each other', async () => {
    const [one, two] = await Promise.all([runtimeOf({ act: FOREVER }), runtimeOf({ act: FOREVER })])
    const [first, second] = await Promise.all(
      [one, two].map((runtime) => runtime.start(command('act', { id: 'x' }))),
    )
    await one.close()
    expect([first?.status, second?.status]).toEqual(['stopped', 'running'])
    expect(two.list()).toEqual([second])
  })
})

describe('events and lists', () => {
  test('of one container: create, start, others, exit', async () => {
    const runtime = await runtimeOf({ act: { ...FOREVER, oomEvents: 2 } })
    const events: string[] = []
    runtime
      .on('create', ({ id }) => events.push(`create ${id}`))
      .on('start', ({ id }) => events.push(`start ${id}`))
      .on('pause', ({ id }) => events.push(`pause ${id}`))
      .on('unpause', ({ id }) => events.push(`unpause ${id}`))
      .on('oom', ({ id }) => events.push(`oom ${id}`))
      .on('exec', ({ id }, execution) => events.push(`exec ${id} ${execution.process.args[0]}`))
      .on('exit', ({ id }, verdict) => events.push(`exit ${id} ${verdict.signal}`))
    const container = await runtime.start(command('act', { id: 'x' }))
    await new Promise(setImmediate)
    await container.exec({ args: ['e'] })
    await container.pause()
    await container.unpause()
    await container.terminate()
    expect(events).toEqual([
      'create x',
      'start x',
      'oom x',
      'oom x',
      'exec x e',
      'pause x',
      'unpause x',
      'exit x SIGKILL',
    ])
  })

  test('start comes before exit, however quickly it ends', async () => {
    const runtime = await runtimeOf({ act: {} })
    const events: string[] = []
    runtime.on('start', () => events.push('start')).on('exit', () => events.push('exit'))
    for (let count = 0; count < 20; count++) await runtime.run(command('act'), { stdio: 'ignore' })
    expect(events).toEqual(Array.from({ length: 20 }, () => ['start', 'exit']).flat())
  })

  test('a start that fails has no start and no exit', async () => {
    const runtime = await runtimeOf({ act: { startError: new ExecdError('EXECD_ROOTFS', 'no') } })
    const events: string[] = []
    for (const event of ['create', 'start', 'exit'] as const) runtime.on(event, () => events.push(event))
    await rejection('EXECD_ROOTFS', runtime.run(command('act')))
    expect(events).toEqual(['create'])
  })

  test('list and info tell what lives', async () => {
    const runtime = await runtimeOf({ act: FOREVER, slow: { startDelay: 30 } })
    const first = await runtime.start(command('act'))
    const second = await runtime.start(command('act'))
    const creating = runtime.run(command('slow'))
    await second.pause()
    expect(runtime.list()).toEqual([first, second])
    expect(runtime.info().containers).toEqual({ creating: 1, running: 1, paused: 1, stopping: 0, stopped: 0 })
    await creating
    await first.terminate()
    expect(runtime.list()).toEqual([second])
  })

  test("probe and capabilities are the driver's; capabilities are asked once, and again after a failure", async () => {
    let calls = 0
    class Counting extends NoopDriver {
      override capabilities() {
        calls += 1
        if (calls === 1) return Promise.reject(new Error('not yet'))
        return super.capabilities()
      }
    }
    await using runtime = await createRuntime({ driver: new Counting() })
    expect(await runtime.probe()).toMatchObject({ driver: 'noop', usable: true })
    await rejection('EXECD_INTERNAL', runtime.run(command('x')))
    await Promise.all([runtime.capabilities(), runtime.run(command('x')), runtime.run(command('y'))])
    expect((await runtime.capabilities()).verbs.exec).toBe(true)
    expect(calls).toBe(2)
  })
})

describe('close', () => {
  test('ends everything, disposes the driver once, and refuses what comes after', async () => {
    let disposals = 0
    class Counting extends NoopDriver {
      override [Symbol.asyncDispose]() {
        disposals += 1
        return super[Symbol.asyncDispose]()
      }
    }
    const pretend = ({ args }: { args: string[] }) => (args[0] === 'slow' ? { startDelay: 60_000 } : FOREVER)
    const runtime = await createRuntime({ driver: new Counting({ pretend }) })
    const container = await runtime.start(command('act'), { timeout: '1h', gracePeriod: '1h' })
    const running = runtime.run(command('act'))
    const starting = rejection('EXECD_CLOSED', runtime.start(command('slow')))
    await pause(10)
    const closing = runtime.close()
    expect(runtime.close()).toBe(closing)
    await Promise.all([closing, starting])
    expect(await running).toMatchObject({ reason: 'aborted', signal: 'SIGKILL' })
    const verdict: Verdict = await container.wait()
    expect(verdict.reason).toBe('aborted')
    expect(ExecdError.is(verdict.abortReason, 'EXECD_CLOSED')).toBe(true)
    await runtime[Symbol.asyncDispose]()
    expect(disposals).toBe(1)
    expect(runtime.info().closed).toBe(true)
    const calls: Array<(runtime: Runtime) => Promise<unknown>> = [
      (closed) => closed.run(command('x')),
      (closed) => closed.start(command('x')),
      (closed) => closed.recover(),
      (closed) => closed.probe(),
      (closed) => closed.capabilities(),
    ]
    for (const call of calls) await rejection('EXECD_CLOSED', call(runtime))
  })

  test('right after a call that starts leaves nothing running', async () => {
    const driver = new NoopDriver({ pretend: FOREVER })
    const runtime = await createRuntime({ driver })
    const outcomes = Array.from({ length: 10 }, async (_, ticks) => {
      for (let tick = 0; tick < ticks; tick++) await null
      return runtime.run(command('act')).then(
        ({ reason }) => reason,
        (error: ExecdError) => error.code,
      )
    })
    for (let tick = 0; tick < 6; tick++) await null
    await runtime.close()
    const seen = new Set(await Promise.all(outcomes))
    for (const outcome of seen) expect(['aborted', 'EXECD_CLOSED']).toContain(outcome)
    expect(runtime.list()).toEqual([])
  })
})
