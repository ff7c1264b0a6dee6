import assert from 'node:assert/strict'
import type { Case } from '../case.js'
import { same } from '../expect.js'
import { reading } from '../host/streams.js'
import { settled, sleep } from '../host/wait.js'
import { DAEMONS, family, gone } from './family.js'

const needs = { verbs: ['pause'] } as const
const TICKS = '(while :; do echo tick; sleep 0.02; done) & while :; do echo tick; sleep 0.02; done'

/** Freezing. */
export const pauseCases: readonly Case[] = [
  {
    id: 'pause.stands-still',
    title: 'nothing runs while it is paused, children neither, and all goes on after',
    needs,
    async run({ start }) {
      const container = await start(TICKS)
      const out = reading(container.stdout)
      await out.seen('tick\ntick\ntick')
      await container.pause()
      assert.equal((await container.info())?.status, 'paused')
      const bytes = await settled('the output stands still while it is paused', () => out.bytes, 150)
      await sleep(150)
      assert.equal(out.bytes, bytes, 'there was output while it was paused')
      await container.unpause()
      await out.seen(`${out.text}tick\ntick`)
      assert.equal((await container.info())?.status, 'running')
      await container.terminate()
    },
  },
  {
    id: 'pause.again',
    title: 'it can be paused and resumed again and again',
    needs,
    async run({ start }) {
      const container = await start('read line; exit 3')
      for (let count = 0; count < 5; count++) {
        await container.pause()
        await container.unpause()
      }
      container.stdin?.end('go\n')
      assert.equal((await container.wait()).exitCode, 3)
    },
  },
  {
    id: 'pause.terminate',
    title: 'a paused container can be ended, and leaves no process',
    needs,
    async run({ start, after }) {
      const container = await start(DAEMONS)
      const processes = await family(container, after)
      await container.pause()
      const { reason, signal } = await container.terminate()
      same([reason, signal], ['signaled', 'SIGKILL'], 'the verdict')
      gone(processes)
    },
  },
  {
    id: 'pause.timeout',
    title: 'a time-out ends a paused container too',
    needs,
    async run({ start }) {
      const container = await start(['/bin/sleep', '60'], {}, { timeout: 500 })
      await container.pause()
      assert.equal((await container.wait()).reason, 'timeout')
    },
  },
]
