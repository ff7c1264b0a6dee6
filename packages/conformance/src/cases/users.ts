import assert from 'node:assert/strict'
import type { Case } from '../case.js'
import { rejection, same } from '../expect.js'

/** Users and groups. */
export const usersCases: readonly Case[] = [
  {
    id: 'users.number',
    title: 'a user and a group by number are taken as they are',
    needs: { fields: ['process.user'] },
    async run({ inside }) {
      const { uid, gid } = await inside({ process: { user: '1000:1000' } })
      same({ uid, gid }, { uid: 1000, gid: 1000 }, 'ids')
    },
  },
  {
    id: 'users.name',
    title: 'a user by name is looked up inside the root file system',
    needs: { fields: ['process.user'] },
    async run({ inside }) {
      const { uid, gid } = await inside({ process: { user: 'root' } })
      same({ uid, gid }, { uid: 0, gid: 0 }, 'ids')
    },
  },
  {
    id: 'users.unknown',
    title: 'a user or a group that is not in the root file system is an error of its own',
    needs: { fields: ['process.user'] },
    async run({ run }) {
      await rejection(run('true', { process: { user: 'kit-nobody' } }), 'EXECD_USER_NOT_FOUND')
      await rejection(run('true', { process: { user: '0:kit-nobody' } }), 'EXECD_GROUP_NOT_FOUND')
    },
  },
  {
    id: 'users.groups',
    title: 'additional groups are those of the command',
    needs: { fields: ['process.additionalGroups'] },
    async run({ inside }) {
      const { gid, groups } = await inside({ process: { additionalGroups: ['2001', '2002'] } })
      same([...groups].filter((group) => group !== gid).sort(), [2001, 2002], 'groups')
    },
  },
  {
    id: 'users.no-rights',
    title: 'a user that is not root has no capabilities',
    needs: { fields: ['process.user', 'process.capabilities.drop'] },
    async run({ inside }) {
      const { capabilities } = await inside({ process: { user: '1000:1000' } })
      assert.ok(capabilities !== null, 'there is no /proc inside')
      same([String(capabilities.CapEff), String(capabilities.CapPrm)], ['0', '0'], 'CapEff and CapPrm')
    },
  },
]
