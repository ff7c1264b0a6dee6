import { createRuntime } from '@execd/core'
import { DriverBase, NoopDriver } from '@execd/core/driver'
import { describe, expect, test } from '@jest/globals'
import { command, FOREVER, rejection } from '../lifecycle/support.js'

describe('DriverBase', () => {
  /** What an author has to write, and no more. */
  class Least extends DriverBase {
    readonly name = 'least'
    readonly inner = new NoopDriver({ pretend: FOREVER })
    async capabilities() {
      return { fields: (await this.inner.capabilities()).fields, verbs: {} }
    }
    probe = () => this.inner.probe()
    async run(...[given, options]: Parameters<NoopDriver['run']>) {
      const process = await this.inner.run(given, options)
      this.active.set(given.id, { pid: process.pid, detached: options.detached })
      void process.exited.then(() => this.active.delete(given.id))
      return process
    }
    async kill(...[target, signal]: Parameters<NoopDriver['kill']>) {
      this.find(target.id)
      return this.inner.kill(target, signal)
    }
    getPids = (id: string) => this.inner.getPids(id)
    terminate = (id: string) => this.inner.terminate(id)
  }

  test('the least driver runs, refuses the rest, and is disposed', async () => {
    const driver = new Least()
    const runtime = await createRuntime({ driver })
    const container = await runtime.start(command('x', { id: 'x' }))
    expect(await container.info()).toEqual({ id: 'x', status: 'running', pid: container.pid, details: {} })
    expect(await driver.info('y')).toBeNull()
    await rejection('EXECD_UNSUPPORTED', container.pause())
    await rejection('EXECD_UNSUPPORTED', runtime.recover())
    await driver[Symbol.asyncDispose]()
    expect((await container.wait()).signal).toBe('SIGKILL')
    await runtime.close()
  })

  test('every optional verb that is not overridden refuses, also when it was declared by mistake', async () => {
    const driver = new Least()
    const calls = {
      exec: () => driver.exec('x', 'e', {} as never, {} as never),
      pause: () => driver.pause('x'),
      unpause: () => driver.unpause('x'),
      stats: () => driver.stats({ id: 'x' }),
      update: () => driver.update('x', {} as never),
      resize: () => driver.resize({ id: 'x' }, { height: 1, width: 1 }),
      recover: () => driver.recover(),
    }
    for (const call of Object.values(calls)) await rejection('EXECD_UNSUPPORTED', call())
    await rejection('EXECD_NOT_RUNNING', driver.kill({ id: 'x' }, 15))
    await expect(driver.clean('x')).resolves.toBeUndefined()
  })
})
