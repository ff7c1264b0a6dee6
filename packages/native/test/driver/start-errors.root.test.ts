import { chmodSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { CommandInput } from '@execd/core'
import { expect } from '@jest/globals'
import { driverTests, failure, type Part, type Suite } from './support/suite.js'

type Case = readonly [
  title: string,
  command: (suite: Suite) => CommandInput,
  code: string,
  details: Record<string, unknown>,
]

const command = (args: string[]) => (suite: Suite) => suite.command(args)
const process = (part: Omit<CommandInput['process'], 'args'>) => (suite: Suite) =>
  suite.script('true', { process: part })

const NOT_FOUND = { exitCode: 127, path: 'process.args[0]' }
const NOT_EXECUTABLE = { exitCode: 126, path: 'process.args[0]' }

const CASES: readonly Case[] = [
  [
    'no such program',
    command(['/bin/absent']),
    'EXECD_PROGRAM_NOT_FOUND',
    { ...NOT_FOUND, program: '/bin/absent' },
  ],
  ['no such program in PATH', command(['absent']), 'EXECD_PROGRAM_NOT_FOUND', NOT_FOUND],
  ['an empty name', command(['']), 'EXECD_PROGRAM_NOT_FOUND', NOT_FOUND],
  ['a script whose interpreter is missing', command(['/data/lost']), 'EXECD_PROGRAM_NOT_FOUND', NOT_FOUND],
  ['a program below a file', command(['/etc/passwd/x']), 'EXECD_PROGRAM_NOT_FOUND', NOT_FOUND],
  ['a link to itself', command(['/data/loop']), 'EXECD_PROGRAM_NOT_FOUND', NOT_FOUND],
  ['a file without the mode', command(['/etc/passwd']), 'EXECD_PROGRAM_NOT_EXECUTABLE', NOT_EXECUTABLE],
  ['a folder', command(['/etc']), 'EXECD_PROGRAM_NOT_EXECUTABLE', NOT_EXECUTABLE],
  ['no program of this machine', command(['/data/noise']), 'EXECD_PROGRAM_NOT_EXECUTABLE', NOT_EXECUTABLE],
  [
    'on a mount without exec',
    (suite) =>
      suite.command(['/data/busybox', 'true'], {
        mounts: [
          { type: 'bind', source: join(suite.rootfs, 'bin'), destination: '/data', options: ['noexec'] },
        ],
      }),
    'EXECD_PROGRAM_NOT_EXECUTABLE',
    NOT_EXECUTABLE,
  ],
  ['no such user', process({ user: 'zoe' }), 'EXECD_USER_NOT_FOUND', {}],
  ['no such group', process({ user: 'ann:zoo' }), 'EXECD_GROUP_NOT_FOUND', {}],
  ['no such further group', process({ additionalGroups: ['zoo'] }), 'EXECD_GROUP_NOT_FOUND', {}],
  [
    'no such working directory',
    process({ cwd: '/absent' }),
    'EXECD_WORKING_DIRECTORY',
    { path: 'process.cwd', errno: 'ENOENT' },
  ],
  [
    'a working directory that is a file',
    process({ cwd: '/etc/passwd' }),
    'EXECD_WORKING_DIRECTORY',
    { errno: 'ENOTDIR' },
  ],
  [
    'a working directory that the user may not enter',
    process({ cwd: '/data/secret', user: 'ann' }),
    'EXECD_WORKING_DIRECTORY',
    { errno: 'EACCES' },
  ],
  [
    'no root file system',
    () => ({ rootfs: '/absent', process: { args: ['true'] } }),
    'EXECD_ROOTFS',
    { path: 'rootfs.path', errno: 'ENOENT' },
  ],
  [
    'a root file system that is a file',
    (suite) => ({ rootfs: join(suite.rootfs, 'etc/passwd'), process: { args: ['true'] } }),
    'EXECD_ROOTFS',
    { errno: 'ENOTDIR' },
  ],
  [
    'no lower layer',
    () => ({ rootfs: { type: 'overlay', lower: '/absent' }, process: { args: ['true'] } }),
    'EXECD_ROOTFS',
    { path: 'rootfs.lower' },
  ],
  [
    'a mount without a source',
    (suite) => suite.script('true', { mounts: [{ type: 'bind', source: '/absent', destination: '/data' }] }),
    'EXECD_MOUNT',
    { path: 'mounts[0]', errno: 'ENOENT' },
  ],
  [
    'a folder on a file',
    (suite) => suite.script('true', { mounts: [{ type: 'tmpfs', destination: '/etc/passwd' }] }),
    'EXECD_MOUNT',
    { path: 'mounts[0]' },
  ],
  [
    'a device that the host lacks',
    (suite) => suite.script('true', { devices: { created: [{ path: '/dev/absent' }] } }),
    'EXECD_DEVICE',
    {},
  ],
  [
    'a processor that there is not',
    (suite) => suite.script('true', { resources: { cpu: { cpusetCpus: '4000' } } }),
    'EXECD_LIMIT',
    { path: 'resources.cpu.cpusetCpus' },
  ],
  [
    'a limit that is too low',
    (suite) => suite.script('true', { resources: { memory: { limit: 1000 } } }),
    'EXECD_INVALID_COMMAND',
    { path: 'resources.memory.limit' },
  ],
  [
    'an unknown capability',
    process({ capabilities: { add: ['CAP_FLY'] } }),
    'EXECD_INVALID_COMMAND',
    { path: 'process.capabilities.add[0]' },
  ],
  [
    'an unknown action of a filter',
    (suite) => suite.script('true', { seccomp: { defaultAction: 'SCMP_ACT_MAYBE' } }),
    'EXECD_SECCOMP',
    { path: 'seccomp.defaultAction' },
  ],
  [
    'a hard limit above what may be had',
    process({ rlimits: [{ type: 'RLIMIT_NOFILE', soft: 2 ** 40 }] }),
    'EXECD_LIMIT',
    { path: 'process.rlimits' },
  ],
  [
    'a namespace that is no file',
    (suite) => suite.script('true', { namespaces: { ipc: { path: '/absent' } } }),
    'EXECD_NAMESPACE',
    { path: 'namespaces.ipc', errno: 'ENOENT' },
  ],
  [
    'a namespace of another kind',
    (suite) => suite.script('true', { namespaces: { ipc: { path: '/proc/self/ns/uts' } } }),
    'EXECD_NAMESPACE',
    { path: 'namespaces.ipc', errno: 'EINVAL' },
  ],
  [
    'a container to share with that does not run',
    (suite) => suite.script('true', { namespaces: { ipc: { container: 'absent' } } }),
    'EXECD_NOT_FOUND',
    {},
  ],
  [
    'a value that a kernel parameter does not take',
    (suite) => suite.script('true', { sysctl: { 'net.ipv4.ip_forward': 'many' } }),
    'EXECD_SYSCTL',
    {},
  ],
  [
    'a kernel parameter that there is not',
    (suite) => suite.script('true', { sysctl: { 'net.ipv4.absent': '1' } }),
    'EXECD_SYSCTL',
    {},
  ],
]

function spoil(rootfs: string): void {
  writeFileSync(join(rootfs, 'data/lost'), '#!/bin/absent\n', { mode: 0o755 })
  writeFileSync(join(rootfs, 'data/noise'), 'no program\n', { mode: 0o755 })
  mkdirSync(join(rootfs, 'data/secret'))
  chmodSync(join(rootfs, 'data/secret'), 0o700)
}

driverTests('a command that cannot start', (suite, test) => {
  test('owners of a file system that cannot have them mapped', async () => {
    const maps = [{ containerID: 0, hostID: 300_000, size: 10 }]
    const namespaces = { user: 'private', uidMappings: maps, gidMappings: maps } as const
    const mounts: Part['mounts'] = [
      { type: 'bind', source: '/proc/sys', destination: '/data', options: ['bind', 'idmap'] },
    ]
    const error = await failure(suite.sh('true', { namespaces, mounts }))
    expect(error).toMatchObject({
      code: 'EXECD_MOUNT',
      details: { path: 'mounts[0].options', errno: 'EINVAL' },
    })
    expect(error.hint).toContain('ext4')
  })

  test('is prepared for', async () => {
    spoil(suite.rootfs)
    expect(await suite.output('ln -s loop /data/loop; cat /data/noise')).toBe('no program')
  })

  test.each(CASES.map(([title, input, code, details]) => [title, input, code, details] as const))(
    '%s',
    async (_, input, code, details) => {
      const bystander = await suite.idle()
      const before = suite.groups()
      const error = await failure(suite.runtime.run(input(suite)))
      expect({ code: error.code, details: error.details }).toEqual({
        code,
        details: expect.objectContaining(details),
      })
      expect(error.hint).not.toBe('')
      expect(suite.groups()).toEqual(before)
      expect(suite.runtime.list()).toEqual([bystander])
      expect(bystander.status).toBe('running')
    },
  )

  test('an id in use, by this runtime and by another', async () => {
    const first = await suite.idle({ id: 'taken' })
    expect((await failure(suite.sh('true', { id: 'taken' }))).code).toBe('EXECD_ID_IN_USE')
    const other = await suite.newRuntime()
    expect((await failure(other.run(suite.script('true', { id: 'taken' })))).code).toBe('EXECD_ID_IN_USE')
    await other.close()
    expect(suite.groups().length).toBeGreaterThan(0)
    expect(first.status).toBe('running')
    await first.terminate()
    expect(await suite.output('echo free', { id: 'taken' })).toBe('free')
  })
})
