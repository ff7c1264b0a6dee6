import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Container } from '@execd/core'
import { expect } from '@jest/globals'
import { cgroupMounts, readOrNull, removeGroups } from './support/host-state.js'
import { driverTestsPooledToo } from './support/suite.js'
import { until } from './support/until.js'

const LIMIT = { resources: { memory: { limit: '24MiB' } } } as const
const GREEDY = 'dd if=/dev/zero of=/dev/null bs=100M count=1 2>/dev/null'

/** Counts the events of a container. */
function counted(container: Container): () => number {
  let events = 0
  container.on('oom', () => {
    events += 1
  })
  return () => events
}

driverTestsPooledToo('news of the out-of-memory killer', (suite, test) => {
  test('each kill is told while the container runs', async () => {
    const script = `while read line; do ${GREEDY}; done`
    const container = await suite.runtime.start(suite.script(script, LIMIT))
    const events = counted(container)
    for (const wanted of [1, 2, 3]) {
      container.stdin?.write('go\n')
      await until(`kill ${wanted} is told`, () => events() >= wanted)
      expect(events()).toBe(wanted)
      expect(container.status).toBe('running')
    }
    container.stdin?.end()
    expect(await container.wait()).toMatchObject({ reason: 'exited', oom: { kills: 3, init: false } })
    expect(events()).toBe(3)
  })

  test('all of several kills at once are told', async () => {
    const container = await suite.runtime.start(
      suite.script(`read line; for n in 1 2 3 4; do ${GREEDY} & done; wait`, LIMIT),
    )
    const events = counted(container)
    container.stdin?.end('go\n')
    const { oom } = await container.wait()
    expect(oom?.kills).toBeGreaterThanOrEqual(1)
    expect(events()).toBe(oom?.kills)
  })

  test('the kill of the command itself is told before its end', async () => {
    const container = await suite.runtime.start(suite.script(`read line; exec ${GREEDY}`, LIMIT))
    const order: string[] = []
    container.on('oom', () => order.push('oom'))
    const ended = container.wait().then((verdict) => {
      order.push('end')
      return verdict
    })
    container.stdin?.end('go\n')
    expect(await ended).toMatchObject({ reason: 'oom', signal: 'SIGKILL', oom: { kills: 1, init: true } })
    expect(order).toEqual(['oom', 'end'])
  })

  test("the kill of an exec is told of its container, which goes on, and is the exec's own verdict", async () => {
    const container = await suite.idle(LIMIT)
    const events = counted(container)
    const execution = await container.exec({ args: ['sh', '-c', `exec ${GREEDY}`] })
    expect(await execution.wait()).toMatchObject({ reason: 'oom', oom: { kills: 1, init: true } })
    await until('it is told', () => events() >= 1)
    expect(events()).toBe(1)
    expect(container.status).toBe('running')
  })

  test('one container does not hear of another, and a limit that is only touched is no kill', async () => {
    const [quiet, cache] = await Promise.all([
      suite.idle(LIMIT),
      suite.runtime.start(
        suite.script(
          'dd if=/dev/zero of=/data/oom-cache bs=1M count=60 2>/dev/null; rm /data/oom-cache',
          LIMIT,
        ),
      ),
    ])
    const heard = [counted(quiet), counted(cache)]
    expect(await cache.wait()).toMatchObject({ ok: true, oom: null })
    expect((await suite.sh(GREEDY, LIMIT)).oom?.kills).toBe(1)
    await quiet.terminate()
    expect(heard.map((events) => events())).toEqual([0, 0])
  })

  test('memory.oom.group takes all of it along, and all are counted', async () => {
    const { fields } = await suite.runtime.capabilities()
    if (fields['resources.unified'] !== true) return // v1 has no such file
    const resources = { ...LIMIT.resources, unified: { 'memory.oom.group': '1' } }
    const script = `sleep 1000 & sleep 1000 & read line; (${GREEDY}); echo lived`
    const container = await suite.runtime.start(suite.script(script, { resources }))
    const events = counted(container)
    const execution = await container.exec({ args: ['sleep', '1000'] })
    container.stdin?.end('go\n')
    const verdict = await container.wait()
    expect(verdict).toMatchObject({ reason: 'oom', signal: 'SIGKILL', oom: { init: true } })
    // the kernel counts no process that was ending by itself, as all do after process 1
    expect(verdict.oom?.kills).toBeGreaterThanOrEqual(2)
    expect(await execution.wait()).toMatchObject({ signal: 'SIGKILL' })
    expect(events()).toBeGreaterThanOrEqual(verdict.oom?.kills ?? 0)
  })

  test('with the killer off nothing is told and nothing hangs', async () => {
    const part = { resources: { memory: { limit: '24MiB', disableOOMKiller: true } } }
    const { fields } = await suite.runtime.capabilities()
    if (fields['resources.memory.disableOOMKiller'] !== true) return
    const container = await suite.runtime.start(
      suite.command(['awk', 'BEGIN { x = "aaaaaaaa"; while (1) x = x x }'], part),
    )
    const events = counted(container)
    await until('it waits for memory', async () => {
      for await (const { memory } of container.stats({ interval: '1h' }))
        return (memory?.usage ?? 0) >= 24 * 1024 ** 2
      return false
    })
    await container.terminate()
    await container.wait()
    expect(events()).toBe(0)
  })

  test('a group that is removed under the container is watched no more: nothing hangs or spins', async () => {
    const memory = cgroupMounts().get('memory')
    if (memory === undefined) return // v2 removes no group that processes are below
    const container = await suite.runtime.start(suite.script('read line; exit 5', LIMIT))
    const group = (await container.info())?.details.memory ?? ''
    const outer = join(memory, suite.parent, 'cgroup.procs')
    for (const pid of readFileSync(join(group, 'cgroup.procs'), 'utf8').trim().split('\n'))
      writeFileSync(outer, pid)
    await until('the group is gone', () => {
      removeGroups([group])
      return !existsSync(group)
    })
    const [, parent = ''] = /^PPid:\t(\d+)/m.exec(readOrNull(`/proc/${container.pid}/status`) ?? '') ?? []
    const ticks = (): number => {
      const stat = readOrNull(`/proc/${parent}/stat`) ?? ''
      const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
      return Number(fields[11]) + Number(fields[12])
    }
    const before = ticks()
    await sleep(500)
    // of some 50 that a monitor takes which never sleeps
    expect(ticks() - before).toBeLessThan(10)
    container.stdin?.end('go\n')
    expect(await container.wait()).toMatchObject({ reason: 'exited', exitCode: 5 })
  })
})
