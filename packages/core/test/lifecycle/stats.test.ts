import { createRuntime, type Stats } from '@execd/core'
import { NoopDriver } from '@execd/core/driver'
import { describe, expect, test } from '@jest/globals'
import { command, FOREVER, runtimeOf } from './support.js'

describe('stats', () => {
  test('one sample, or one at an interval until the end', async () => {
    const runtime = await runtimeOf({ act: { runs: 300 } })
    const container = await runtime.start(command('act'))
    expect((await container.stats()).pids?.current).toBe(1)
    const times: number[] = []
    for await (const sample of container.stats({ interval: '20ms' })) times.push(sample.time)
    expect(times.length).toBeGreaterThanOrEqual(3)
    expect(times.length).toBeLessThanOrEqual(16)
    expect(container.status).toBe('stopped')
    for await (const sample of container.stats({ interval: 1 }))
      throw new Error(`a sample of nothing: ${sample.time}`)
  })

  test('the end does not wait for the interval', async () => {
    const runtime = await runtimeOf({ act: { runs: 20 } })
    const container = await runtime.start(command('act'))
    let samples = 0
    for await (const _ of container.stats({ interval: '1h' })) samples += 1
    expect(samples).toBe(1)
  })

  test('can be left, and an end between two samples is no error', async () => {
    const driver = new (class extends NoopDriver {
      calls = 0
      override async stats(...[target]: Parameters<NoopDriver['stats']>): Promise<Stats> {
        this.calls += 1
        if (this.calls === 3) await this.terminate(target.id)
        return super.stats(target)
      }
    })({ pretend: FOREVER })
    await using runtime = await createRuntime({ driver })
    const container = await runtime.start(command('act'))
    for await (const _ of container.stats({ interval: 1 })) break
    let samples = 0
    for await (const _ of container.stats({ interval: 1 })) samples += 1
    expect([driver.calls, samples]).toEqual([3, 1])
  })

  test.each([0, -1, Number.NaN, 'often', '25h', undefined])('refuses the interval %p', async (interval) => {
    const runtime = await runtimeOf({ act: FOREVER })
    const container = await runtime.start(command('act'))
    expect(() => container.stats({ interval: interval as number })).toThrow(
      /interval: wanted a time from 1 ms/,
    )
  })
})
