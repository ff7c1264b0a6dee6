import { closeSync, openSync } from 'node:fs'
import { requires } from '@execd/test-support'
import { afterAll, afterEach, beforeAll, expect } from '@jest/globals'
import { locateInit, readInit, sealInit } from '../../dist/init/image.js'
import { Monitor } from '../../dist/init/monitor.js'
import { encodePlan } from '../../dist/plan/encode.js'
import { type Step, step } from '../../dist/plan/steps.js'
import { linuxSyscalls } from '../../dist/sys/linux.js'
import { until } from '../driver/support/until.js'

const { test, describe } = requires('root')

const EBADMSG = 74
const ENOENT = 2

describe('HOLD', () => {
  const sys = linuxSyscalls()
  let program = -1
  let nothing = -1
  const monitors: Monitor[] = []
  beforeAll(async () => {
    program = sealInit(sys, await readInit(locateInit(null)))
    nothing = openSync('/dev/null', 'r+')
  })
  afterEach(async () => {
    for (const monitor of monitors.splice(0)) {
      await monitor.killAll()
      await monitor.closed
    }
  })
  afterAll(() => {
    sys.close(program)
    closeSync(nothing)
  })

  async function prepare(init = false, prefix: readonly Step[] = []): Promise<Monitor> {
    const plan = encodePlan([step.clone({ flags: 0 }), ...prefix, step.hold({ init })])
    const monitor = await Monitor.prepare({ sys, program, plan, stdio: [nothing, nothing, nothing] })
    monitors.push(monitor)
    return monitor
  }
  const proceed = (monitor: Monitor, plan: Buffer): void =>
    monitor.proceed({ plan, stdio: [nothing, nothing, nothing], onOom: () => {} })
  const exec = step.exec({ args: ['/bin/sh', '-c', 'exit 5'] })

  test('says that it waits, then carries out the rest', async () => {
    const monitor = await prepare()
    expect(await monitor.held).toBe(true)
    proceed(monitor, encodePlan([step.umask({ mask: 0 }), exec]))
    expect(await monitor.outcome).toMatchObject({ type: 'started' })
    expect(await monitor.exited).toMatchObject({ code: 5 })
  })

  test('a failure of the rest counts on from the steps before', async () => {
    const monitor = await prepare(false, [step.umask({ mask: 0 })])
    await monitor.held
    proceed(monitor, encodePlan([step.umask({ mask: 0 }), step.exec({ args: ['/no/such'] })]))
    expect(await monitor.outcome).toMatchObject({ type: 'failed', step: 4, errno: ENOENT })
  })

  test('a failure before it is no waiting', async () => {
    const monitor = await prepare(false, [step.chdir({ path: '/no/such' })])
    expect(await monitor.held).toBe(false)
    expect(await monitor.outcome).toMatchObject({ type: 'failed', step: 1, errno: ENOENT })
  })

  test.each<[string, () => Buffer, boolean]>([
    ['no plan', () => Buffer.from('this is no plan at all'), false],
    ['a plan without exec', () => encodePlan([step.umask({ mask: 0 })]), false],
    ['a plan that makes a child', () => encodePlan([step.clone({ flags: 0 }), exec]), false],
    ['an init that was not announced', () => encodePlan([step.init({}), exec]), false],
    ['no init where one was announced', () => encodePlan([exec]), true],
  ])('refuses %s', async (_, plan, init) => {
    const monitor = await prepare(init)
    await monitor.held
    proceed(monitor, plan())
    expect(await monitor.outcome).toMatchObject({ type: 'failed', step: 1, errno: EBADMSG })
  })

  test('is given its command once', async () => {
    const monitor = await prepare()
    await monitor.held
    proceed(monitor, encodePlan([exec]))
    expect(() => proceed(monitor, encodePlan([exec]))).toThrow('already')
  })

  test('ends when it is told to, and when it is killed', async () => {
    const told = await prepare()
    await told.held
    await told.killAll()
    expect(await told.outcome).toMatchObject({ type: 'failed', step: -1 })
    const killed = await prepare()
    await killed.held
    process.kill(Number(killed.pid), 'SIGKILL')
    expect(await killed.outcome).toEqual({ type: 'vanished' })
    await until('it cannot be reached', () => {
      try {
        proceed(killed, encodePlan([exec]))
        return false
      } catch {
        return true
      }
    })
  })
})
