import assert from 'node:assert/strict'
import type { Case } from '../case.js'
import { rejection, same } from '../expect.js'
import { reading } from '../host/streams.js'

const MIB = 1024 ** 2

/** Limits that change while the container runs. */
export const updateCases: readonly Case[] = [
  {
    id: 'update.pids',
    title: 'a lower limit of processes holds at once',
    needs: { fields: ['resources.pids.limit'], verbs: ['update'] },
    async run({ start }) {
      const script = 'read line; n=0; while [ $n -lt 60 ]; do sleep 20 & n=$((n+1)); echo $n; done'
      const container = await start(script, { resources: { pids: { limit: 500 } } }, { timeout: '20s' })
      const out = reading(container.stdout)
      await container.update({ pids: { limit: 20 } })
      assert.equal(container.command.resources.pids.limit, 20)
      container.stdin?.end('go\n')
      await container.wait()
      const made = (await out.ended).trim().split('\n').length
      assert.ok(made < 20, `${made} processes were made with a limit of 20`)
    },
  },
  {
    id: 'update.memory',
    title: 'a higher limit of memory holds at once, and what is left out of the update stays',
    needs: { fields: ['resources.memory.limit', 'resources.pids.limit'], verbs: ['update', 'stats'] },
    async run({ start }) {
      const container = await start('read line; dd if=/dev/zero of=/dev/null bs=64M count=1; exit $?', {
        resources: { memory: { limit: 32 * MIB }, pids: { limit: 77 } },
      })
      await container.update({ memory: { limit: 160 * MIB } })
      const { memory, pids } = await container.stats()
      same([memory?.limit ?? 160 * MIB, pids?.limit ?? 77], [160 * MIB, 77], 'limits')
      container.stdin?.end('go\n')
      const { reason, exitCode } = await container.wait()
      same([reason, exitCode], ['exited', 0], 'the verdict')
    },
  },
  {
    id: 'update.ended',
    title: 'of what has ended nothing can be changed: EXECD_NOT_RUNNING',
    needs: { fields: ['resources.pids.limit'], verbs: ['update'] },
    async run({ start }) {
      const container = await start('true')
      await container.wait()
      await rejection(container.update({ pids: { limit: 20 } }), 'EXECD_NOT_RUNNING')
    },
  },
]
