import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { expect } from '@jest/globals'
import { groupsBelow, isAlive, newMark, removeGroups, sleepers } from '../driver/support/host-state.js'
import { until } from '../driver/support/until.js'
import { DETACHED, detachedTests, monitorOf, recovered } from './support.js'

detachedTests(
  'who owns a detached container, and what is lost',
  ({ suite, parent, newPlace, idle, orphan }, test) => {
    test('of twenty processes at the same time each container gets exactly one', async () => {
      const place = newPlace()
      const ids = Array.from({ length: 6 }, (_, index) => `raced-${index}`)
      const starter = place.node({ start: ids.map((id) => ({ command: idle(id), options: DETACHED })) })
      await starter.says('done')
      await starter.kill()
      const nodes = Array.from({ length: 20 }, () => place.node({ recover: null }))
      const answers = await Promise.all(nodes.map((node) => node.says('recovered')))
      expect(answers.flatMap(({ recovered }) => recovered as string[]).sort()).toEqual(ids)
      const owners = (await (await place.runtime()).detached()).map(({ owner }) => owner)
      for (const owner of owners) expect(nodes.map((node) => node.process.pid)).toContain(owner)
      await Promise.all(nodes.map((node) => node.kill()))
      expect((await (await place.runtime()).recover()).map(({ id }) => id).sort()).toEqual(ids)
    })

    test('two drivers of one process cannot own it both', async () => {
      const place = newPlace()
      await orphan(place, idle('both'))
      const runtimes = await Promise.all([place.runtime(), place.runtime(), place.runtime()])
      const found = await Promise.all(runtimes.map((runtime) => runtime.recover()))
      expect(found.flat()).toHaveLength(1)
    })

    test('when its monitor was killed too it is lost, and nothing of it runs on', async () => {
      const place = newPlace()
      const mark = newMark()
      const script = `(setsid sleep ${mark} &); sleep ${mark}`
      const pid = await orphan(place, suite.script(script, { id: 'lost' }))
      await until('both run', () => sleepers(mark).length === 2)
      process.kill(monitorOf(pid), 'SIGKILL')
      const runtime = await place.runtime()
      await until(
        'it is known to have stopped',
        async () => (await runtime.detached())[0]?.status === 'stopped',
      )
      expect((await runtime.detached())[0]).toMatchObject({ exit: null, pid: 0 })
      expect(await (await recovered(runtime, 'lost')).wait()).toMatchObject({ reason: 'lost', cleanup: [] })
      expect(sleepers(mark)).toEqual([])
      expect(groupsBelow(parent)).toEqual([])
    })

    test('also when the program is not told of its death', async () => {
      const place = newPlace()
      const mark = newMark()
      const args = ['setpriv', '--pdeathsig', 'clear', 'sleep', mark]
      const part = { id: 'deaf', rootfs: { type: 'host' } as const }
      const pid = await orphan(place, suite.command(args, part))
      await until('it runs', () => sleepers(mark).length === 1)
      process.kill(monitorOf(pid), 'SIGKILL')
      await delay(100)
      expect(isAlive(pid)).toBe(true)
      expect(await (await recovered(await place.runtime(), 'deaf')).wait()).toMatchObject({
        reason: 'lost',
        cleanup: [],
      })
      expect(sleepers(mark)).toEqual([])
    })

    test('a process that came to its pid is not taken for it', async () => {
      const place = newPlace()
      const pid = await orphan(place, idle('reused'))
      process.kill(monitorOf(pid), 'SIGKILL')
      await until('it is gone', () => !isAlive(pid))
      const stranger = await suite.idle()
      const record = join(place.stateDir, 'containers/reused/record')
      const words = readFileSync(record, 'utf8').trim().split(' ')
      // the kernel has given both ids to somebody else, who began later
      writeFileSync(record, `${stranger.pid} ${words[1]} ${stranger.pid} ${words[3]}\n`)
      expect(await (await recovered(await place.runtime(), 'reused')).wait()).toMatchObject({
        reason: 'lost',
      })
      expect(stranger.status).toBe('running')
      expect(isAlive(stranger.pid)).toBe(true)
    })

    test('what a group of the same name holds meanwhile is left alone', async () => {
      const place = newPlace()
      const pid = await orphan(place, idle('namesake'))
      process.kill(monitorOf(pid), 'SIGKILL')
      await until('it is gone', () => !isAlive(pid))
      // somebody has cleaned up by hand, and an ordinary container has the id
      removeGroups(groupsBelow(parent))
      const ordinary = await (await place.runtime()).start(idle('namesake'), { stdio: 'ignore' })
      expect(await (await recovered(await place.runtime(), 'namesake')).wait()).toMatchObject({
        reason: 'lost',
      })
      expect([ordinary.status, isAlive(ordinary.pid)]).toEqual(['running', true])
      await ordinary.terminate()
    })

    test('a monitor that was stopped is waited for, not given up', async () => {
      const place = newPlace()
      const pid = await orphan(
        place,
        suite.script('trap "exit 6" TERM; while :; do sleep 0.02; done', { id: 'slow' }),
      )
      const monitor = monitorOf(pid)
      process.kill(monitor, 'SIGSTOP')
      const container = await recovered(await place.runtime(), 'slow')
      const killing = container.kill('SIGTERM')
      await delay(100)
      expect(isAlive(pid)).toBe(true)
      process.kill(monitor, 'SIGCONT')
      await killing
      expect((await container.wait()).exitCode).toBe(6)
    })
  },
)
