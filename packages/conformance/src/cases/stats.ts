import assert from 'node:assert/strict'
import type { Case } from '../case.js'
import { plain, rejection, same } from '../expect.js'
import { until } from '../host/wait.js'

const needs = { verbs: ['stats'] } as const

function numbersIn(value: unknown): number[] {
  if (typeof value === 'number') return [value]
  return typeof value === 'object' && value !== null ? Object.values(value).flatMap(numbersIn) : []
}

/** Measuring. */
export const statsCases: readonly Case[] = [
  {
    id: 'stats.sample',
    title: 'a sample is plain data of whole, positive numbers, taken now',
    needs,
    async run({ start }) {
      const container = await start('read line')
      const sample = await container.stats()
      same(plain(sample), sample, 'the sample after it was sent')
      const { memory } = sample
      // The kernel's own words are given on as they are, such as a limit of 2^63 for none.
      const counted = { ...sample, memory: memory === null ? null : { ...memory, detail: {} } }
      for (const number of numbersIn(counted))
        assert.ok(Number.isSafeInteger(number) && number >= 0, `${number}`)
      assert.ok(Math.abs(sample.time - Date.now()) < 5000, `time ${sample.time}`)
      await container.terminate()
    },
  },
  {
    id: 'stats.pids',
    title: 'processes are counted',
    needs,
    async run({ start }) {
      const container = await start('sleep 61 & sleep 62 & wait')
      await until('three processes in the sample', async () => {
        const { pids } = await container.stats()
        return pids === null || pids.current === 3
      })
      await container.terminate()
    },
  },
  {
    id: 'stats.usage',
    title: 'memory and processor time grow with what is used',
    needs: { ...needs, fields: ['resources.memory.limit', 'resources.cpu.quota'] },
    async run({ start }) {
      const container = await start('read line; while :; do :; done', {
        resources: { memory: { limit: '64MiB' } },
      })
      const before = await container.stats()
      container.stdin?.end('go\n')
      await until('200 ms of processor time', async () => {
        const { cpu } = await container.stats()
        return cpu === null || cpu.total >= (before.cpu?.total ?? 0) + 200_000
      })
      const { memory } = await container.stats()
      same(memory?.limit ?? null, memory === null ? null : 64 * 1024 ** 2, 'the limit of memory')
      assert.ok(memory === null || memory.usage > 0)
      await container.terminate()
    },
  },
  {
    id: 'stats.exec',
    title: 'an exec is measured by itself',
    needs: { verbs: ['stats', 'exec'] },
    async run({ start, exec }) {
      const container = await start('sleep 61 & sleep 62 & wait')
      const execution = await exec(container, ['/bin/sleep', '63'])
      await until('one process in the sample', async () => {
        const { pids } = await execution.stats()
        return pids === null || pids.current === 1
      })
      await container.terminate()
    },
  },
  {
    id: 'stats.ended',
    title: 'a series of samples ends with the container, and a sample after is EXECD_NOT_RUNNING',
    needs,
    async run({ start }) {
      const container = await start('sleep 0.2')
      let samples = 0
      for await (const { time } of container.stats({ interval: 20 })) samples += time > 0 ? 1 : 0
      assert.ok(samples > 0)
      await container.wait()
      await rejection(container.stats(), 'EXECD_NOT_RUNNING')
    },
  },
]
