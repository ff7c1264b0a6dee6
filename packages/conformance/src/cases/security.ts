import assert from 'node:assert/strict'
import type { Case } from '../case.js'
import { present, same } from '../expect.js'

const CAP_NET_BIND_SERVICE = 1n << 10n
const CAP_SYS_ADMIN = 1n << 21n

/** Rights that a command widens or narrows by hand. */
export const securityCases: readonly Case[] = [
  {
    id: 'isolation.seccomp-profile',
    title: 'a profile of the command is in force',
    needs: { fields: ['seccomp=profile'] },
    async run({ run }) {
      const syscalls = [{ names: ['mkdir', 'mkdirat'], action: 'SCMP_ACT_ERRNO' }]
      const seccomp = { defaultAction: 'SCMP_ACT_ALLOW', syscalls }
      const script =
        'mkdir /tmp/kit-folder 2>/dev/null && echo made; rmdir /tmp/kit-folder 2>/dev/null; exit 0'
      same((await run(script, { seccomp })).stdout, '', 'with the profile')
      same((await run(script)).stdout, 'made\n', 'without it')
    },
  },
  {
    id: 'isolation.privileged',
    title: 'a privileged process has every capability and no filter',
    needs: {
      fields: ['process.privileged', 'process.capabilities.add', 'seccomp=unconfined', 'devices.allowed'],
    },
    async run({ inside }) {
      const { capabilities, noNewPrivileges } = await inside({ process: { privileged: true } })
      const { CapEff } = present(capabilities, '/proc inside')
      assert.equal(CapEff & CAP_SYS_ADMIN, CAP_SYS_ADMIN)
      assert.equal(noNewPrivileges, false)
    },
  },
  {
    id: 'isolation.ambient',
    title: 'an ambient capability is kept by a user that is not root',
    needs: { fields: ['process.capabilities.ambient', 'process.user'] },
    async run({ inside }) {
      const process = { user: '1000:1000', capabilities: { ambient: ['CAP_NET_BIND_SERVICE' as const] } }
      const { CapAmb, CapEff } = present((await inside({ process })).capabilities, '/proc inside')
      same(
        [CapAmb, CapEff].map(String),
        [CAP_NET_BIND_SERVICE, CAP_NET_BIND_SERVICE].map(String),
        'CapAmb and CapEff',
      )
    },
  },
  {
    id: 'isolation.device-created',
    title: 'a device that the command makes is there and can be used',
    needs: { fields: ['devices.created'] },
    async run({ run }) {
      const created = [{ path: '/dev/kit-zero', type: 'c' as const, major: 1, minor: 5, fileMode: 0o640 }]
      const { stdout } = await run('stat -c "%a %F" /dev/kit-zero; head -c 7 /dev/kit-zero | wc -c', {
        devices: { created },
      })
      same(stdout.trim().split('\n'), ['640 character special file', '7'], 'the device')
    },
  },
  {
    id: 'isolation.domainname',
    title: 'the NIS domain name is that of the command',
    needs: { fields: ['domainname', 'namespaces.uts=private'] },
    async run({ run }) {
      same(
        (await run('cat /proc/sys/kernel/domainname', { domainname: 'kit-domain' })).stdout,
        'kit-domain\n',
        'name',
      )
    },
  },
  {
    id: 'isolation.user-namespace',
    title: 'a private user namespace has the mappings of the command',
    needs: { fields: ['namespaces.user=private', 'namespaces.uidMappings', 'namespaces.gidMappings'] },
    async run({ run }) {
      // One id, the caller's own: the one mapping that every caller may make (user_namespaces(7)).
      const one = (hostID = 0) => [{ containerID: 0, hostID, size: 1 }]
      const uidMappings = one(process.getuid?.())
      const gidMappings = one(process.getgid?.())
      const script =
        'id -u; while read -r inside outside size; do echo $inside $size; done < /proc/self/uid_map'
      const { stdout } = await run(script, { namespaces: { user: 'private', uidMappings, gidMappings } })
      same(stdout, '0\n0 1\n', 'the user and the mapping')
    },
  },
]
