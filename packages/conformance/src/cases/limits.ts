import assert from 'node:assert/strict'
import type { Case } from '../case.js'
import { same } from '../expect.js'

const MIB = 1024 ** 2
/** Holds this many MiB of memory at once, in one process. */
const eat = (mebibytes: number) => `dd if=/dev/zero of=/dev/null bs=${mebibytes}M count=1`

/** Limits, as felt inside. */
export const limitsCases: readonly Case[] = [
  {
    id: 'limits.pids',
    title: 'no more processes than the limit can be made',
    needs: { fields: ['resources.pids.limit'] },
    async run({ run }) {
      const script = 'n=0; while [ $n -lt 60 ]; do sleep 20 & n=$((n+1)); echo $n; done'
      const { stdout, usage } = await run(script, { resources: { pids: { limit: 20 } } }, { timeout: '20s' })
      const made = stdout.trim().split('\n').length
      assert.ok(made < 20, `${made} processes were made with a limit of 20`)
      assert.ok(usage.pids.refused === null || usage.pids.refused > 0, 'usage tells of no refused fork')
    },
  },
  {
    id: 'limits.memory',
    title: 'a program past the memory limit is killed, and the reason is "oom"',
    needs: { fields: ['resources.memory.limit'] },
    async run({ run }) {
      const resources = { memory: { limit: 32 * MIB } }
      const { reason, oom, signal, exitCode } = await run(`exec ${eat(128)}`, { resources })
      same([reason, signal, exitCode], ['oom', 'SIGKILL', null], 'the verdict')
      assert.ok(oom === null || oom.kills > 0)
    },
  },
  {
    id: 'limits.memory-child',
    title: 'a child past the memory limit is told of, and the program goes on',
    needs: { fields: ['resources.memory.limit'] },
    async run({ run }) {
      const resources = { memory: { limit: 32 * MIB } }
      const { reason, exitCode, oom } = await run(`${eat(128)}; exit 11`, { resources })
      same([reason, exitCode, oom?.init], ['exited', 11, false], 'the verdict')
    },
  },
  {
    id: 'limits.memory-enough',
    title: 'a program below the memory limit is not touched, and the peak is measured',
    needs: { fields: ['resources.memory.limit'] },
    async run({ run }) {
      const { reason, exitCode, oom, usage } = await run(eat(16), {
        resources: { memory: { limit: 96 * MIB } },
      })
      same([reason, exitCode, oom], ['exited', 0, null], 'the verdict')
      const { peak } = usage.memory
      assert.ok(peak === null || (peak >= 14 * MIB && peak <= 97 * MIB), `peak ${peak} of 16 MiB`)
    },
  },
  {
    id: 'limits.cpu',
    title: 'no more processor time than the quota is used',
    needs: { fields: ['resources.cpu.quota', 'resources.cpu.period'] },
    async run({ run }) {
      const script = 'while :; do :; done'
      const { usage } = await run(script, { resources: { cpu: { cpus: 0.1 } } }, { timeout: 1500 })
      const { user, system } = usage.cpu
      assert.ok(user !== null && system !== null, 'usage tells no processor time')
      assert.ok(
        user + system < 0.25 * usage.wall,
        `${user + system} ms in ${usage.wall} ms, of 0.1 processors`,
      )
    },
  },
  {
    id: 'limits.cpuset',
    title: 'only the processors of the list are used',
    needs: { fields: ['resources.cpu.cpusetCpus'] },
    async run({ inside }) {
      assert.equal((await inside({ resources: { cpu: { cpusetCpus: '0' } } })).cpus, '0')
    },
  },
]
