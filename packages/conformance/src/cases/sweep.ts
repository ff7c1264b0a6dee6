import assert from 'node:assert/strict'
import type { Case } from '../case.js'
import { present, same } from '../expect.js'
import { alive, identify } from '../host/processes.js'
import { until } from '../host/wait.js'
import { otherOwner } from './other-owner.js'
import { recovered, waiting } from './waiting.js'

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
  {
    id: 'recover.sweep-dead',
    title: 'after a sweep nothing runs of what a process had started that was killed',
    needs: { verbs: ['sweep'] },
    async run(context) {
      const script = 'sleep 20 & sleep 21'
      const { program, kill } = await otherOwner(context, 'kit-dead', script, { stdio: 'ignore' })
      await kill()
      const { runtime } = await context.another()
      await runtime.sweep()
      // Where the driver's own parts end it, a sweep may find it dying.
      await until('the end of what the dead process had started', () => alive([program]).length === 0)
      const { removed, problems } = await runtime.sweep()
      const again = removed.filter(({ name }) => name.includes('kit-dead'))
      same([again, problems], [[], []], 'what a second sweep finds')
    },
  },
  {
    id: 'recover.sweep-detached',
    title: 'a sweep touches no detached container, owned or not',
    needs: { verbs: ['sweep', 'detach', 'recover'] },
    async run(context) {
      const { runtime, another } = context
      await waiting(context, 'kit-unswept').start()
      const { runtime: other } = await another()
      await other.sweep()
      await runtime.close()
      await other.sweep()
      const again = await recovered(other, 'kit-unswept')
      await again.kill('SIGUSR1')
      const { reason, exitCode } = await again.wait()
      same([reason, exitCode], ['exited', 7], 'the verdict')
    },
  },
]
