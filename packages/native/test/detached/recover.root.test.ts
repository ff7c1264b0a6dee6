import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { readOutput } from '@execd/core'
import { expect } from '@jest/globals'
import { groupsBelow, isAlive } from '../driver/support/host-state.js'
import { textOf } from '../driver/support/streams.js'
import { failure, type Part } from '../driver/support/suite.js'
import { until } from '../driver/support/until.js'
import { DETACHED, detachedTests, recovered } from './support.js'

let outputs = 0

detachedTests('detached containers', ({ suite, parent, newPlace, idle, orphan }, test) => {
  test('everything that works on one of its own works on one that was found', async () => {
    const place = newPlace()
    const pid = await orphan(
      place,
      idle('found', { labels: { mine: 'yes' }, resources: { pids: { limit: 50 } } }),
    )
    expect(isAlive(pid)).toBe(true)
    const runtime = await place.runtime()
    const container = await recovered(runtime, 'found')
    expect([container.pid, container.status, container.command.labels]).toEqual([
      pid,
      'running',
      { mine: 'yes' },
    ])
    const execution = await container.exec({ args: ['sh', '-c', 'echo in $(hostname); exit 4'] })
    expect([await textOf(execution.stdout), (await execution.wait()).exitCode]).toEqual(['in found\n', 4])
    expect(await container.pids()).toContain(pid)
    expect((await container.stats()).pids?.current).toBe(1)
    expect((await container.stats()).pids?.limit).toBe(50)
    await container.update({ pids: { limit: 60 } })
    expect((await container.stats()).pids?.limit).toBe(60)
    await container.pause()
    expect((await runtime.detached())[0]).toMatchObject({
      id: 'found',
      status: 'paused',
      pid,
      owner: process.pid,
    })
    await container.unpause()
    expect(await container.info()).toMatchObject({ status: 'running', pid })
    const shared = await runtime.run(
      suite.command(['hostname'], { namespaces: { uts: { container: 'found' } } }),
    )
    expect(shared.stdout).toBe('found\n')
    await container.kill('SIGKILL')
    expect(await container.wait()).toMatchObject({
      reason: 'signaled',
      signal: 'SIGKILL',
      oom: null,
      cleanup: [],
    })
    expect((await failure(container.kill())).code).toBe('EXECD_NOT_RUNNING')
    expect(place.names()).toEqual([])
  })

  test('a signal reaches the program, and its own exit code comes back, under an init too', async () => {
    const place = newPlace()
    const script = 'trap "exit 9" USR1; while :; do sleep 0.02; done'
    for (const init of [false, true]) await orphan(place, suite.script(script, { id: `init-${init}`, init }))
    const runtime = await place.runtime()
    for (const container of await runtime.recover()) {
      await container.kill('SIGUSR1')
      expect(await container.wait()).toMatchObject({ reason: 'exited', exitCode: 9 })
    }
  })

  test.each<readonly [string, string, Part, object]>([
    ['an exit code', 'sleep 0.2; exit 7', {}, { reason: 'exited', exitCode: 7, ok: false }],
    ['a signal', 'sleep 0.2; kill -TERM $$', { init: true }, { reason: 'signaled', signal: 'SIGTERM' }],
    [
      'the memory killer',
      'sleep 0.2; exec dd if=/dev/zero of=/dev/null bs=100M count=1',
      { resources: { memory: { limit: '24MiB' } } },
      { reason: 'oom', signal: 'SIGKILL', oom: { kills: 1, init: true } },
    ],
  ])('the true end is kept while nobody is there: %s', async (_, script, part, verdict) => {
    const place = newPlace()
    const id = 'ended'
    await orphan(place, suite.script(script, { id, ...part }))
    await until('the end', () => groupsBelow(parent).length === 0)
    const runtime = await place.runtime()
    await until('the status', async () => (await runtime.detached())[0]?.status === 'stopped')
    expect((await runtime.detached())[0]).toMatchObject({ id, pid: 0, owner: null, exit: expect.any(Object) })
    const container = await recovered(runtime, id)
    const ended = await container.wait()
    expect(ended).toMatchObject({ ...verdict, cleanup: [] })
    expect(ended.usage.wall).toBeGreaterThanOrEqual(200)
    expect(ended.usage.memory.peak).toBeGreaterThan(0)
    expect(await runtime.recover()).toEqual([])
    expect(place.names()).toEqual([])
  })

  test('output goes on in its files, and is read on from where a reader was', async () => {
    const place = newPlace()
    const file = join(suite.temp, `output-${outputs++}`)
    const script =
      'n=0; while :; do echo "line $n"; n=$((n+1)); [ $n -lt 400 ] || exit 5; [ $n = 100 ] && sleep 0.5; done'
    const stdio = {
      stdin: 'ignore',
      stdout: { file, maxSize: 4096, maxFiles: 40 },
      stderr: 'ignore',
    } as const
    await orphan(place, suite.script(script, { id: 'output' }), { detached: true, stdio })
    const read = async (position?: { file: string; offset: number }) => {
      const pieces: Buffer[] = []
      let last = position
      for await (const piece of readOutput(file, position === undefined ? {} : { position })) {
        pieces.push(piece.data)
        last = piece.position
      }
      return { text: String(Buffer.concat(pieces)), last }
    }
    await until('half of the lines', async () => (await read()).text.includes('line 99\n'))
    const first = await read()
    const container = await recovered(await place.runtime(), 'output')
    expect((await container.wait()).exitCode).toBe(5)
    const second = await read(first.last)
    const lines = Array.from({ length: 400 }, (_, n) => `line ${n}\n`)
    expect(first.text + second.text).toBe(lines.join(''))
  })

  test('a terminal outlives Node too, and its size can be changed', async () => {
    const place = newPlace()
    const script =
      'seq 9000; while [ "$(stty size)" = "24 80" ]; do sleep 0.02; done; stty size >/tmp/terminal; exit 3'
    await orphan(place, suite.script(script, { id: 'terminal', process: { terminal: true } }))
    const container = await recovered(await place.runtime(), 'terminal')
    await delay(200)
    await container.resize({ height: 11, width: 22 })
    expect((await container.wait()).exitCode).toBe(3)
    expect(readFileSync(join(suite.rootfs, 'tmp/terminal'), 'utf8')).toBe('11 22\n')
    const other = await (await place.runtime()).start(idle('plain'), DETACHED)
    expect((await failure(other.resize({ height: 1, width: 1 }))).code).toBe('EXECD_INVALID_STATE')
  })

  test('handed over without a death, it can come and go', async () => {
    const place = newPlace()
    const first = await place.runtime()
    const { pid } = await first.start(idle('passed'), DETACHED)
    await first.close()
    for (let round = 0; round < 5; round++) {
      const runtime = await place.runtime()
      const container = await recovered(runtime, 'passed')
      expect([container.pid, container.status]).toEqual([pid, 'running'])
      expect(container.command.resources.pids.limit).toBe(round === 0 ? null : 30 + round)
      if (round === 4) break
      await container.update({ pids: { limit: 31 + round } })
      await runtime.close()
    }
    const last = await place.runtime()
    expect(await last.recover()).toEqual([])
    expect(await last.detached()).toMatchObject([{ id: 'passed', owner: process.pid }])
  })

  test('one that is frozen is found so', async () => {
    const place = newPlace()
    const first = await place.runtime()
    const container = await first.start(idle('frozen'), DETACHED)
    await container.pause()
    await first.close()
    const again = await recovered(await place.runtime(), 'frozen')
    expect(again.status).toBe('paused')
    await again.unpause()
    expect((await again.terminate()).signal).toBe('SIGKILL')
  })

  test('an id is taken as long as its container is written down', async () => {
    const place = newPlace()
    await orphan(place, suite.script('sleep 0.3; exit 3', { id: 'taken' }))
    const runtime = await place.runtime()
    await until('the status', async () => (await runtime.detached())[0]?.status === 'stopped')
    expect((await failure(runtime.start(idle('taken'), DETACHED))).code).toBe('EXECD_ID_IN_USE')
    expect((await (await recovered(runtime, 'taken')).wait()).exitCode).toBe(3)
    await runtime.start(idle('taken'), DETACHED)
  })
})
