import assert from 'node:assert/strict'
import { ExecdError } from '@execd/core'
import type { Case } from '../case.js'
import { same } from '../expect.js'

/** Many at once. */
export const concurrencyCases: readonly Case[] = [
  {
    id: 'concurrency.many',
    title: 'many containers at once do not mix their output, codes and ids',
    async run({ run }) {
      const indices = Array.from({ length: 16 }, (_, index) => index)
      const results = await Promise.all(
        indices.map((index) =>
          run(
            `read word; echo "$word ${index}"; exit ${index}`,
            { id: `kit-many-${index}` },
            { input: `input${index}\n` },
          ),
        ),
      )
      same(
        results.map(({ id, stdout, exitCode }) => [id, stdout, exitCode]),
        indices.map((index) => [`kit-many-${index}`, `input${index} ${index}\n`, index]),
        'results',
      )
    },
  },
  {
    id: 'concurrency.two-runtimes',
    title: 'closing one runtime does not touch the containers of another in the same process',
    async run({ start, another }) {
      const container = await start('read line; exit 12')
      const other = await another()
      await other.runtime.close()
      container.stdin?.end('go\n')
      const { reason, exitCode } = await container.wait()
      same([reason, exitCode], ['exited', 12], 'the verdict')
    },
  },
  {
    id: 'concurrency.one-id',
    title: 'two runtimes may use one id: both run, or the second is refused, and the first is not touched',
    async run({ start, another, command, skip }) {
      const first = await start('read line; exit 14', { id: 'kit-shared' })
      const other = await another()
      const running = other.runtime.run(command('exit 15', { id: 'kit-shared' }), { skipUnsupported: skip })
      const second = await running.then(
        ({ exitCode }) => exitCode,
        (error: unknown) => (ExecdError.is(error) ? error.code : String(error)),
      )
      assert.ok([15, 'EXECD_ID_IN_USE'].includes(second as number | string), `the second: ${second}`)
      first.stdin?.end('go\n')
      assert.equal((await first.wait()).exitCode, 14)
    },
  },
]
