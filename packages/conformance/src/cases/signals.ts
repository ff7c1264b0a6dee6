import assert from 'node:assert/strict'
import { constants } from 'node:os'
import type { Case } from '../case.js'
import { rejection } from '../expect.js'
import { reading } from '../host/streams.js'

/** Signals. */
export const signalsCases: readonly Case[] = [
  {
    id: 'signals.delivered',
    title: 'a signal reaches the program, by name and by number',
    async run({ start }) {
      for (const signal of ['SIGUSR1', constants.signals.SIGUSR1] as const) {
        const container = await start(
          'trap "echo got; exit 3" USR1; echo ready; while :; do sleep 0.02; done',
        )
        const out = reading(container.stdout)
        await out.seen('ready')
        await container.kill(signal)
        assert.equal((await container.wait()).exitCode, 3)
        assert.equal(await out.ended, 'ready\ngot\n')
      }
    },
  },
  {
    id: 'signals.one-process',
    title: 'a signal reaches the first process alone, not its children',
    async run({ start }) {
      const loop = 'while :; do sleep 0.02; done'
      const child = `sh -c 'trap "echo child" USR1; echo ready; ${loop}' &`
      const container = await start(`trap "echo first" USR1; ${child} ${loop}`)
      const out = reading(container.stdout)
      await out.seen('ready')
      await container.kill('SIGUSR1')
      await out.seen('first')
      await container.kill('SIGUSR1')
      await container.terminate()
      assert.ok(!(await out.ended).includes('child'), 'the child got the signal too')
    },
  },
  {
    id: 'signals.ended',
    title: 'a signal to what has ended is refused with EXECD_NOT_RUNNING',
    async run({ driver, start }) {
      const container = await start('true', { id: 'kit-signal' })
      await container.wait()
      await rejection(container.kill('SIGTERM'), 'EXECD_NOT_RUNNING')
      await rejection(driver.kill({ id: 'kit-signal' }, constants.signals.SIGTERM), 'EXECD_NOT_RUNNING')
    },
  },
]
