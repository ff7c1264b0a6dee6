import type { NoopStore } from '@execd/core/driver'
import { describe, expect, test } from '@jest/globals'
import { command, FOREVER, pause, rejection, runtimeOf } from './support.js'

describe('detached containers', () => {
  test('outlive the runtime, and are recovered with their command by another', async () => {
    const store: NoopStore = new Map()
    const one = await runtimeOf({ act: FOREVER }, { store })
    const container = await one.start(command('act', { id: 'x', labels: { a: 'b' } }), { detached: true })
    expect([container.stdin, container.stdout, container.stderr]).toEqual([null, null, null])
    const waiting = rejection('EXECD_CLOSED', container.wait())
    await one.close()
    await waiting
    await rejection('EXECD_CLOSED', container.kill())
    await rejection('EXECD_CLOSED', container.terminate())
    expect(one.list()).toEqual([])

    const two = await runtimeOf({ act: FOREVER }, { store })
    const [survivor, ...others] = await two.recover()
    if (survivor === undefined) throw new Error('it was to be found')
    expect(others).toEqual([])
    expect(survivor).toMatchObject({ id: 'x', pid: container.pid, status: 'running' })
    expect(survivor.command).toEqual(container.command)
    expect(two.get('x')).toBe(survivor)
    expect(await two.recover()).toEqual([])
    await survivor.kill('SIGTERM')
    expect(await survivor.wait()).toMatchObject({ reason: 'signaled', signal: 'SIGTERM' })
  })

  test('one that ended in the meantime is found with its verdict', async () => {
    const store: NoopStore = new Map()
    const one = await runtimeOf({ act: { runs: 30, exitCode: 8 } }, { store })
    await one.start(command('act', { id: 'x' }), { detached: true })
    await one.close()
    await pause(60)
    const two = await runtimeOf({}, { store })
    const [ended] = await two.recover()
    expect(await ended?.wait()).toMatchObject({ id: 'x', exitCode: 8 })
    expect(two.list()).toEqual([])
  })

  test.each(['detach', 'recover'] as const)('need a driver with "%s"', async (verb) => {
    const runtime = await runtimeOf(
      { act: {} },
      { capabilities: { verbs: { [verb]: { reason: 'not here' } } } },
    )
    const call = verb === 'detach' ? runtime.start(command('act'), { detached: true }) : runtime.recover()
    expect((await rejection('EXECD_UNSUPPORTED', call)).message).toContain('not here')
  })
})
