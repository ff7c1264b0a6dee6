import assert from 'node:assert/strict'
import type { Case } from '../case.js'
import { same } from '../expect.js'

const MIB = 1024 ** 2

/** Limits of one exec alone. */
export const execResourcesCases: readonly Case[] = [
  {
    id: 'exec.memory',
    title: 'an exec past a memory limit of its own is killed with the reason "oom"; the container is not',
    needs: { verbs: ['exec', 'execResources'], fields: ['resources.memory.limit'] },
    async run({ start, exec }) {
      const container = await start('read line; exit 3')
      const resources = { memory: { limit: 32 * MIB } }
      const program = ['/bin/dd', 'if=/dev/zero', 'of=/dev/null', 'bs=128M', 'count=1']
      const limited = await exec(container, program, {}, { resources })
      const { reason, signal } = await limited.wait()
      same([reason, signal], ['oom', 'SIGKILL'], 'the verdict of the exec')
      const free = await exec(container, program)
      assert.equal((await free.wait()).exitCode, 0, 'an exec without a limit of its own')
      container.stdin?.end('go\n')
      const verdict = await container.wait()
      same([verdict.reason, verdict.exitCode], ['exited', 3], 'the verdict of the container')
    },
  },
  {
    id: 'exec.pids',
    title: 'a limit of processes of an exec is its own',
    needs: { verbs: ['exec', 'execResources'], fields: ['resources.pids.limit'] },
    async run({ start, exec }) {
      const container = await start('read line; exit 3')
      const script = 'n=0; while [ $n -lt 20 ]; do sleep 20 & n=$((n+1)); echo $n; done'
      const limited = await exec(
        container,
        script,
        {},
        { resources: { pids: { limit: 10 } }, timeout: '10s' },
      )
      let text = ''
      limited.stdout?.on('data', (chunk) => {
        text += String(chunk)
      })
      await limited.wait()
      const made = text.trim().split('\n').length
      assert.ok(made < 10, `${made} processes were made with a limit of 10`)
      container.stdin?.end('go\n')
      assert.equal((await container.wait()).exitCode, 3)
    },
  },
]
