import assert from 'node:assert/strict'
import type { Case } from '../case.js'
import { present, same } from '../expect.js'

const CAP_CHOWN = 1n << 0n
const CAP_SYS_ADMIN = 1n << 21n

/** Attributes of the process. */
export const processCases: readonly Case[] = [
  {
    id: 'process.umask',
    title: 'the file mode creation mask is that of the command, 022 by default',
    needs: { fields: ['process.umask'] },
    async run({ inside }) {
      assert.equal((await inside()).umask, 0o022)
      assert.equal((await inside({ process: { umask: 0o027 } })).umask, 0o027)
    },
  },
  {
    id: 'process.rlimits',
    title: 'limits of setrlimit(2) hold inside',
    needs: { fields: ['process.rlimits'] },
    async run({ inside }) {
      const rlimits = [{ type: 'RLIMIT_NOFILE', soft: 123, hard: 234 }] as const
      assert.equal((await inside({ process: { rlimits: [...rlimits] } })).nofile, 123)
    },
  },
  {
    id: 'process.no-new-privileges',
    title: 'programs cannot gain privileges, unless the command allows it',
    needs: { fields: ['process.noNewPrivileges'] },
    async run({ inside }) {
      assert.equal((await inside()).noNewPrivileges, true)
      assert.equal((await inside({ process: { noNewPrivileges: false } })).noNewPrivileges, false)
    },
  },
  {
    id: 'process.capabilities-drop',
    title: 'a capability that is dropped is in no set',
    needs: { fields: ['process.capabilities.drop'] },
    async run({ inside }) {
      const before = present((await inside()).capabilities, '/proc inside')
      assert.equal(before.CapBnd & CAP_CHOWN, CAP_CHOWN, 'CAP_CHOWN is in the default set')
      assert.equal(before.CapBnd & CAP_SYS_ADMIN, 0n, 'CAP_SYS_ADMIN is not in the default set')
      const sets = present(
        (await inside({ process: { capabilities: { drop: ['CAP_CHOWN'] } } })).capabilities,
        '/proc',
      )
      for (const [name, set] of Object.entries(sets))
        assert.equal(set & CAP_CHOWN, 0n, `CAP_CHOWN is in ${name}`)
    },
  },
  {
    id: 'process.capabilities-add',
    title: 'a capability that is added is there',
    needs: { fields: ['process.capabilities.add'] },
    async run({ inside }) {
      const sets = present(
        (await inside({ process: { capabilities: { add: ['CAP_SYS_ADMIN'] } } })).capabilities,
        '/proc',
      )
      assert.equal(sets.CapEff & CAP_SYS_ADMIN, CAP_SYS_ADMIN)
    },
  },
  {
    id: 'process.oom-score',
    title: 'the OOM score adjustment is that of the command',
    needs: { fields: ['process.oomScoreAdj'] },
    async run({ inside }) {
      assert.equal((await inside({ process: { oomScoreAdj: 777 } })).oomScoreAdj, 777)
    },
  },
  {
    id: 'process.init',
    title: 'under an init of its own the program is not process 1, and its orphans are reaped',
    needs: { fields: ['init', 'namespaces.pid=private'] },
    async run({ run }) {
      const { stdout } = await run(
        'echo $$; (sleep 0.05 &); sleep 0.3; grep -l "^State:.Z" /proc/[0-9]*/status; exit 0',
        { init: true },
      )
      const [pid, ...zombies] = stdout.trim().split('\n')
      assert.notEqual(pid, '1')
      same(zombies, [], 'ended processes that nobody waited for')
    },
  },
]
