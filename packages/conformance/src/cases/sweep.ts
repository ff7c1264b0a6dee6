import assert from 'node:assert/strict'
import type { Case } from '../case.js'
import { present, same } from '../expect.js'
import { alive, identify } from '../host/processes.js'

/** What dead owners left. */
export const sweepCases: readonly Case[] = [
  {
    id: 'recover.sweep-living',
    title: 'a sweep touches no container of a living process',
    needs: { verbs: ['sweep'] },
    async run({ start, another }) {
      const container = await start('read line; exit 3')
      const program = present(identify(container.pid), 'the program')
      const { runtime } = await another()
      for (const sweeping of [runtime.sweep(), runtime.sweep()]) {
        const { removed } = await sweeping
        const own = removed.filter(
          ({ name }) => name.includes(container.id) || name === String(container.pid),
        )
        same(own, [], 'what was removed of a container that runs')
      }
      same(alive([program]).length, 1, 'processes that live')
      container.stdin?.end('go\n')
      assert.equal((await container.wait()).exitCode, 3)
    },
  },
]
