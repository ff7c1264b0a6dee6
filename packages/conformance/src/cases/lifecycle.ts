import assert from 'node:assert/strict'
import type { Case } from '../case.js'
import { rejection, same, succeeded } from '../expect.js'
import { identify } from '../host/processes.js'
import { reading } from '../host/streams.js'
import { DAEMONS, family, gone, MAKE_DAEMONS } from './family.js'

/** The life of a container and its order. */
export const lifecycleCases: readonly Case[] = [
  {
    id: 'lifecycle.events',
    title: 'create, start and exit come in this order, once each, and the states follow',
    async run({ runtime, start }) {
      const events: string[] = []
      runtime.on('create', ({ id }) => events.push(`create ${id}`))
      runtime.on('start', ({ id, status }) => events.push(`start ${id} ${status}`))
      runtime.on('exit', ({ id, status }, { exitCode }) => events.push(`exit ${id} ${status} ${exitCode}`))
      const container = await start('read line; exit 3', { id: 'kit-events' })
      same(runtime.info().containers.running, 1, 'running containers')
      container.stdin?.end('go\n')
      await container.wait()
      same(events, ['create kit-events', 'start kit-events running', 'exit kit-events stopped 3'], 'events')
      same(runtime.list().length, 0, 'containers in the list')
    },
  },
  {
    id: 'lifecycle.short',
    title: 'of a program that ends at once the start comes before the exit',
    async run({ runtime, run }) {
      for (let count = 0; count < 5; count++) {
        const events: string[] = []
        const note = (name: string) => () => void events.push(name)
        const [onStart, onExit] = [note('start'), note('exit')]
        runtime.on('start', onStart)
        runtime.on('exit', onExit)
        const { ok } = await run(['/bin/true'])
        runtime.off('start', onStart)
        runtime.off('exit', onExit)
        assert.ok(ok)
        same(events, ['start', 'exit'], 'events')
      }
    },
  },
  {
    id: 'lifecycle.pid',
    title: 'when the start resolves, the process is there, by its id on this host, and in the list of all',
    async run({ start }) {
      const container = await start('read line')
      assert.ok(identify(container.pid) !== null, `there is no process ${container.pid}`)
      assert.ok((await container.pids()).includes(container.pid), 'pids() lacks the first process')
      container.stdin?.end('go\n')
      await container.wait()
    },
  },
  {
    id: 'lifecycle.pids',
    title: 'the list of process ids holds every descendant, also those that left their parent',
    async run({ start, after }) {
      const container = await start(DAEMONS)
      const processes = await family(container, after)
      assert.equal(
        new Set(processes.map(({ pid }) => pid)).size,
        processes.length,
        'a process id comes twice',
      )
      await container.terminate()
    },
  },
  {
    id: 'lifecycle.output-after-exit',
    title: 'output that nobody read in time can be read after the exit, and the streams end by themselves',
    async run({ start }) {
      const container = await start('echo out; echo err >&2; exit 4')
      const { exitCode } = await container.wait()
      assert.equal(exitCode, 4)
      const [out, err] = [reading(container.stdout), reading(container.stderr)]
      same([await out.ended, await err.ended], ['out\n', 'err\n'], 'output')
    },
  },
  {
    id: 'lifecycle.descendants',
    title: 'the exit is reported when every descendant is gone, also those that left their parent',
    async run({ start, after }) {
      const container = await start(
        `${MAKE_DAEMONS} read line; exit 6`,
        {},
        { stdio: { stdout: 'ignore', stderr: 'ignore' } },
      )
      const processes = await family(container, after)
      container.stdin?.end('go\n')
      const { exitCode } = await container.wait()
      assert.equal(exitCode, 6)
      gone(processes)
    },
  },
  {
    id: 'lifecycle.terminate',
    title: 'terminate ends everything in the container and resolves when it is gone',
    async run({ start, after }) {
      const container = await start(DAEMONS)
      const processes = await family(container, after)
      const verdict = await container.terminate()
      gone(processes)
      same([verdict.reason, verdict.exitCode, verdict.signal], ['signaled', null, 'SIGKILL'], 'the verdict')
    },
  },
  {
    id: 'lifecycle.terminate-nothing',
    title: 'terminate of what does not run, or never did, is no error',
    async run({ driver, start }) {
      const container = await start('true', { id: 'kit-ended' })
      await container.wait()
      await driver.terminate('kit-ended')
      await driver.terminate('kit-never')
    },
  },
  {
    id: 'lifecycle.clean',
    title: 'clean may be called again, and for what never ran',
    async run({ driver, start }) {
      const container = await start('true', { id: 'kit-clean' })
      await container.wait()
      await driver.clean('kit-clean')
      await driver.clean('kit-never')
    },
  },
  {
    id: 'lifecycle.info',
    title: 'info tells of what runs, and nothing of what does not',
    async run({ driver, start }) {
      const container = await start('read line', { id: 'kit-info' })
      const info = await container.info()
      same([info?.id, info?.status, info?.pid], ['kit-info', 'running', container.pid], 'info')
      container.stdin?.end('go\n')
      await container.wait()
      assert.notEqual((await driver.info('kit-info'))?.status, 'running')
      assert.equal(await driver.info('kit-never'), null)
    },
  },
  {
    id: 'lifecycle.id-again',
    title: 'an id is free again as soon as the exit is reported',
    async run({ run }) {
      for (let count = 0; count < 4; count++) succeeded(await run('true', { id: 'kit-again' }))
    },
  },
  {
    id: 'lifecycle.id-in-use',
    title: 'a second container of an id in use is refused, and the first one is not touched',
    async run({ runtime, start, driver }) {
      const first = await start('read line; exit 5', { id: 'kit-twice' })
      await rejection(start('true', { id: 'kit-twice' }), 'EXECD_ID_IN_USE')
      assert.ok(runtime.get('kit-twice') === first)
      assert.notEqual(await driver.info('kit-twice'), null)
      first.stdin?.end('go\n')
      assert.equal((await first.wait()).exitCode, 5)
    },
  },
  {
    id: 'lifecycle.close',
    title: 'closing the runtime ends what runs, with the reason "aborted", and leaves no process',
    async run({ runtime, start, after }) {
      const container = await start(DAEMONS)
      const processes = await family(container, after)
      const verdict = container.wait()
      await runtime.close()
      assert.equal((await verdict).reason, 'aborted')
      gone(processes)
    },
  },
]
