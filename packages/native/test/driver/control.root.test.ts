import { setTimeout as sleep } from 'node:timers/promises'
import type { Container } from '@execd/core'
import { expect } from '@jest/globals'
import { isV1, limitOf } from './fields/field-case.js'
import { readOrNull } from './support/host-state.js'
import { driverTestsPooledToo, failure } from './support/suite.js'
import { until } from './support/until.js'

const MIB = 1024 ** 2

const stateOf = (pid: number): string =>
  /^State:\t(.)/m.exec(readOrNull(`/proc/${pid}/status`) ?? '')?.[1] ?? ''

/** Collects what a container writes. */
function listen(container: Container): { text: string } {
  const heard = { text: '' }
  container.stdout?.on('data', (chunk) => {
    heard.text += String(chunk)
  })
  return heard
}

const memoryLimit = (container: Container): number =>
  Number(limitOf(container.pid, 'memory', 'memory.limit_in_bytes', 'memory.max'))

driverTestsPooledToo('control of running containers', (suite, test) => {
  test('while paused nothing runs, and it goes on afterwards', async () => {
    const container = await suite.runtime.start(suite.script('while :; do echo x; sleep 0.01; done'))
    const heard = listen(container)
    await until('it writes', () => heard.text.length > 4)
    await container.pause()
    expect(container.status).toBe('paused')
    expect(await container.info()).toMatchObject({ status: 'paused' })
    await sleep(50) // what was in the pipe
    const before = heard.text.length
    await sleep(300)
    expect(heard.text.length).toBe(before)
    expect((await failure(container.exec({ args: ['true'] }))).code).toBe('EXECD_INVALID_STATE')
    expect((await failure(container.pause())).code).toBe('EXECD_INVALID_STATE')
    await container.unpause()
    await until('it writes again', () => heard.text.length > before + 4)
    expect((await failure(container.unpause())).code).toBe('EXECD_INVALID_STATE')
    await container.terminate()
  })

  test('a pause holds execs and daemons too', async () => {
    const container = await suite.runtime.start(
      suite.script('(setsid sh -c "while :; do :; done" &); while :; do :; done'),
    )
    const execution = await container.exec({ args: ['sh', '-c', 'while :; do :; done'] })
    await container.pause()
    const used = (await container.stats()).cpu?.total
    await sleep(200)
    expect((await container.stats()).cpu?.total).toBe(used)
    await container.unpause()
    await until('it runs on', async () => ((await container.stats()).cpu?.total ?? 0) > (used ?? 0))
    expect(execution.status).toBe('running')
    await container.terminate()
  })

  test('a paused container can be signalled, updated and ended', async () => {
    const container = await suite.idle({ init: true, resources: { memory: { limit: '64MiB' } } })
    await container.pause()
    await container.update({ memory: { limit: '32MiB' } })
    expect(memoryLimit(container)).toBe(32 * MIB)
    await container.kill('SIGTERM')
    expect(container.status).toBe('paused')
    await container.unpause()
    expect(await container.wait()).toMatchObject({ reason: 'signaled', signal: 'SIGTERM' })

    const second = await suite.idle()
    await second.pause()
    expect(await second.terminate()).toMatchObject({ reason: 'signaled', signal: 'SIGKILL' })
    const third = await suite.idle()
    await third.pause()
    await third.kill('SIGKILL')
    // v1 acts on the signal when thawed, v2 at once
    if (isV1('freezer')) expect(suite.groups().length).toBeGreaterThan(0)
    await third.terminate()
    expect(suite.groups()).toEqual([])
  })

  test('a timeout ends a paused container', async () => {
    const container = await suite.runtime.start(suite.command(['sleep', '1000']), { timeout: 500 })
    await container.pause()
    expect(await container.wait()).toMatchObject({ reason: 'timeout', signal: 'SIGKILL' })
  })

  test('a limit is raised, lowered and refused as a whole', async () => {
    const container = await suite.idle({ resources: { memory: { limit: '32MiB' }, pids: { limit: 10 } } })
    await container.update({ memory: { limit: '128MiB' } })
    expect(memoryLimit(container)).toBe(128 * MIB)
    await container.update({ memory: { limit: '16MiB', reservation: '8MiB' }, pids: { limit: 20 } })
    expect(memoryLimit(container)).toBe(16 * MIB)
    expect(limitOf(container.pid, 'pids', 'pids.max', 'pids.max')).toBe('20')
    expect(container.command.resources).toMatchObject({ memory: { limit: 16 * MIB }, pids: { limit: 20 } })
    expect((await container.stats()).memory?.limit).toBe(16 * MIB)
    await container.update({ pids: { limit: -1 } })
    expect(limitOf(container.pid, 'pids', 'pids.max', 'pids.max')).toBe('max')

    const refused = await failure(
      container.update({ memory: { limit: '64MiB' }, cpu: { cpusetCpus: '4000' } }),
    )
    expect(refused.code).toMatch(/^EXECD_(LIMIT|UNSUPPORTED|CGROUP)$/)
    expect(memoryLimit(container)).toBe(16 * MIB)
    expect((await failure(container.update({ memory: { limit: 1 } }))).code).toBe('EXECD_INVALID_COMMAND')
  })

  test('a lowered limit is felt by what runs', async () => {
    const container = await suite.runtime.start(
      suite.script('read line; dd if=/dev/zero of=/dev/null bs=40M count=1 2>/dev/null; echo $?', {
        resources: { memory: { limit: '128MiB' } },
      }),
    )
    const heard = listen(container)
    await container.update({ memory: { limit: '16MiB' } })
    container.stdin?.end('go\n')
    expect(await container.wait()).toMatchObject({ reason: 'exited', oom: { kills: 1, init: false } })
    expect(heard.text).toBe('137\n')
  })

  test('a limit that was not set from the start can be set later', async () => {
    const container = await suite.idle()
    await container.update({ memory: { limit: '48MiB' }, pids: { limit: 7 } })
    expect(memoryLimit(container)).toBe(48 * MIB)
    expect(limitOf(container.pid, 'pids', 'pids.max', 'pids.max')).toBe('7')
  })

  test('statistics: every part, and one sample each interval until the end', async () => {
    const resources = { memory: { limit: '64MiB' }, pids: { limit: 20 }, cpu: { quota: 20_000 } } as const
    const container = await suite.runtime.start(
      suite.script('sleep 1000 & while :; do :; done', { resources }),
    )
    await until('it was throttled', async () => ((await container.stats()).cpu?.throttledPeriods ?? 0) > 0)
    const sample = await container.stats()
    expect(sample.memory).toMatchObject({ limit: 64 * MIB, oomKills: 0, failures: 0 })
    expect(sample.memory?.usage).toBeGreaterThan(0)
    expect(sample.memory?.peak).toBeGreaterThanOrEqual(sample.memory?.usage ?? Number.POSITIVE_INFINITY)
    expect(Object.keys(sample.memory?.detail ?? {}).length).toBeGreaterThan(5)
    expect(sample.cpu?.total).toBeGreaterThan(0)
    expect(sample.cpu?.periods).toBeGreaterThan(0)
    expect(sample.pids).toMatchObject({ current: 2, limit: 20 })
    expect(sample.time).toBeGreaterThan(1.6e12)
    let samples = 0
    for await (const one of container.stats({ interval: 20 })) {
      expect(one.cpu?.total).toBeGreaterThan(0)
      samples += 1
      if (samples === 3) await container.kill('SIGKILL')
    }
    expect(samples).toBeGreaterThanOrEqual(3)
    expect((await failure(container.stats())).code).toBe('EXECD_NOT_RUNNING')
  })

  test('pids are those of the host, daemons too', async () => {
    const container = await suite.runtime.start(
      suite.script('(setsid sleep 44001 &); sleep 44001 & sleep 44001 & wait'),
    )
    await until('all are there', async () => (await container.pids()).length === 4)
    const pids = await container.pids()
    expect(pids).toContain(container.pid)
    for (const pid of pids) expect(stateOf(pid)).toMatch(/[SRD]/)
    await container.terminate()
    expect((await failure(container.pids())).code).toBe('EXECD_NOT_RUNNING')
    for (const pid of pids) expect(stateOf(pid)).toBe('')
  })

  test('a container knows itself: id, labels, status, details', async () => {
    const container = await suite.idle({ id: 'known', labels: { of: 'test' } })
    expect(await container.info()).toMatchObject({ id: 'known', status: 'running', pid: container.pid })
    expect(container.command).toMatchObject({ id: 'known', labels: { of: 'test' } })
    expect(suite.runtime.get('known')).toBe(container)
    await container.terminate()
    expect(await container.info()).toBeNull()
    expect(suite.runtime.get('known')).toBeUndefined()
  })
})
