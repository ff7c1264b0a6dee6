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

  test('can be seen by all, recovered one by one, and only by one', async () => {
    const store: NoopStore = new Map()
    const one = await runtimeOf({ act: FOREVER }, { store })
    const x = await one.start(command('act', { id: 'x' }), { detached: true })
    await one.start(command('act', { id: 'y' }), { detached: true, stdio: { stdout: { file: '/dev/null' } } })
    const two = await runtimeOf({ act: FOREVER }, { store })
    const seen = await two.detached()
    expect(seen.map(({ id, owner, status }) => [id, owner, status])).toEqual([
      ['x', process.pid, 'running'],
      ['y', process.pid, 'running'],
    ])
    expect(seen[0]).toMatchObject({ command: x.command, pid: x.pid, startedAt: x.startedAt, exit: null })
    expect(await two.recover()).toEqual([])
    await x.pause()
    await one.close()
    expect((await two.detached()).map(({ owner, status }) => [owner, status])).toEqual([
      [null, 'paused'],
      [null, 'running'],
    ])
    expect((await two.recover({ ids: ['y', 'z'] })).map(({ id, io }) => [id, io.stdout])).toEqual([
      ['y', { type: 'file', path: '/dev/null', append: false, rotate: null }],
    ])
    const [again] = await two.recover()
    expect([again?.id, again?.status, again?.startedAt]).toEqual(['x', 'paused', x.startedAt])
    await again?.unpause()
    await again?.terminate()
    expect((await two.detached()).map(({ id }) => id)).toEqual(['y'])
    await two.get('y')?.terminate()
  })

  test('options of recover are checked', async () => {
    const runtime = await runtimeOf({})
    await rejection('EXECD_INVALID_OPTION', runtime.recover({ ids: 'x' } as never))
    await rejection('EXECD_INVALID_OPTION', runtime.recover({ id: ['x'] } as never))
  })

  test('sweep asks the driver, and needs one that can', async () => {
    expect(await (await runtimeOf({})).sweep()).toEqual({ removed: [], problems: [] })
    const without = await runtimeOf({}, { capabilities: { verbs: { sweep: { reason: 'not here' } } } })
    await rejection('EXECD_UNSUPPORTED', without.sweep())
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
