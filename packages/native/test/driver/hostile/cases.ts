import { spawnSync } from 'node:child_process'
import { mkdirSync, rmSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Part } from '../support/suite.js'

/** A root file system to spoil, and a folder of the host that it tries to reach. */
export interface Trap {
  readonly rootfs: string
  readonly trap: string
}

/** A path from a folder of the rootfs up and out to the trap. */
export const upTo = (trap: string): string => `${'../'.repeat(30)}${trap.slice(1)}`

function replace(path: string, target: string): void {
  rmSync(path, { recursive: true, force: true })
  symlinkSync(target, path)
}

const tmpfs = (destination: string): Part => ({ mounts: [{ type: 'tmpfs', destination }] })

/** How the root file system is spoilt, what is asked for, and how it may end: "ran", "ended badly" (by itself) or an error. */
export type HostileCase = readonly [title: string, prepare: (trap: Trap) => void, part: Part, outcome: RegExp]

const HARMLESS = /^ran$/
const MOUNT = /^EXECD_MOUNT$/
const ann = { process: { user: 'ann' } } as const

export const HOSTILE_CASES: readonly HostileCase[] = [
  ['a mount on a link to the host', (t) => replace(join(t.rootfs, 'data'), t.trap), tmpfs('/data'), MOUNT],
  [
    'a mount on a link up and out',
    (t) => replace(join(t.rootfs, 'data'), upTo(t.trap)),
    tmpfs('/data'),
    MOUNT,
  ],
  [
    'a mount below a link to the host',
    (t) => replace(join(t.rootfs, 'data'), join(t.trap, 'folder')),
    tmpfs('/data/deep/new'),
    MOUNT,
  ],
  [
    'a mount below a link up and out',
    (t) => replace(join(t.rootfs, 'data'), upTo(join(t.trap, 'folder'))),
    tmpfs('/data/deep/new'),
    MOUNT,
  ],
  [
    'a mount on a dangling link',
    (t) => replace(join(t.rootfs, 'data'), join(t.trap, 'not-there')),
    tmpfs('/data'),
    MOUNT,
  ],
  ['a mount on a link to itself', (t) => replace(join(t.rootfs, 'data'), 'data'), tmpfs('/data'), MOUNT],
  [
    'a mount on a link inside the rootfs',
    (t) => replace(join(t.rootfs, 'data'), '/home'),
    tmpfs('/data'),
    HARMLESS,
  ],
  [
    'a mount on a magic link',
    (t) => replace(join(t.rootfs, 'data'), '/proc/self/root'),
    tmpfs('/data/etc'),
    MOUNT,
  ],
  [
    'a mount on a link to a descriptor',
    (t) => replace(join(t.rootfs, 'data'), '/proc/self/fd/64'),
    tmpfs('/data/x'),
    MOUNT,
  ],
  [
    'a file bound on a link to the host',
    (t) => replace(join(t.rootfs, 'data'), t.trap),
    { mounts: [{ type: 'bind', source: '/etc/hostname', destination: '/data/secret' }] },
    MOUNT,
  ],
  [
    '/etc as a link to the host, with a file bound below',
    (t) => replace(join(t.rootfs, 'etc'), t.trap),
    { mounts: [{ type: 'bind', source: '/etc/hostname', destination: '/etc/secret' }] },
    MOUNT,
  ],
  ...['proc', 'dev', 'sys'].flatMap((name): HostileCase[] => [
    [`/${name} as a link to the host`, (t) => replace(join(t.rootfs, name), t.trap), {}, MOUNT],
    [`/${name} as a link up and out`, (t) => replace(join(t.rootfs, name), upTo(t.trap)), {}, MOUNT],
    [`/${name} as a link inside`, (t) => replace(join(t.rootfs, name), '/home'), {}, MOUNT],
    [
      `/${name} as a file`,
      (t) => {
        rmSync(join(t.rootfs, name), { recursive: true })
        writeFileSync(join(t.rootfs, name), '')
      },
      {},
      MOUNT,
    ],
    [`/${name} missing`, (t) => rmSync(join(t.rootfs, name), { recursive: true }), {}, HARMLESS],
  ]),
  [
    '/dev with a null that is a link to the host',
    (t) => symlinkSync(join(t.trap, 'secret'), join(t.rootfs, 'dev/null')),
    {},
    HARMLESS,
  ],
  [
    '/dev with a null that is a file',
    (t) => writeFileSync(join(t.rootfs, 'dev/null'), 'not null'),
    {},
    HARMLESS,
  ],
  [
    '/dev with pts, shm and a console that are links',
    (t) => {
      for (const name of ['pts', 'shm', 'mqueue', 'console', 'ptmx'])
        symlinkSync(t.trap, join(t.rootfs, 'dev', name))
    },
    { process: { terminal: true } },
    HARMLESS,
  ],
  [
    '/proc with files of its own',
    (t) => {
      mkdirSync(join(t.rootfs, 'proc/self'))
      writeFileSync(join(t.rootfs, 'proc/self/status'), 'CapEff: all')
    },
    {},
    HARMLESS,
  ],
  [
    'a masked path that is a link to the host',
    (t) => symlinkSync(t.trap, join(t.rootfs, 'home/mask')),
    { maskedPaths: ['/home/mask'] },
    MOUNT,
  ],
  [
    'a masked path below a link to the host',
    (t) => symlinkSync(t.trap, join(t.rootfs, 'home/mask')),
    { maskedPaths: ['/home/mask/secret'] },
    HARMLESS,
  ],
  [
    'a read-only path that is a link to the host',
    (t) => symlinkSync(t.trap, join(t.rootfs, 'home/ro')),
    { readonlyPaths: ['/home/ro'] },
    HARMLESS,
  ],
  [
    '/etc/passwd as a FIFO',
    (t) => {
      rmSync(join(t.rootfs, 'etc/passwd'))
      spawnSync('mkfifo', [join(t.rootfs, 'etc/passwd')])
    },
    ann,
    /^EXECD_(USER_NOT_FOUND|PERMISSION)$/,
  ],
  [
    '/etc/passwd as a FIFO, and a number',
    (t) => {
      rmSync(join(t.rootfs, 'etc/passwd'))
      spawnSync('mkfifo', [join(t.rootfs, 'etc/passwd')])
    },
    { process: { user: '5:5' } },
    /^(ran|EXECD_PERMISSION)$/,
  ],
  [
    '/etc/group as a FIFO',
    (t) => {
      rmSync(join(t.rootfs, 'etc/group'))
      spawnSync('mkfifo', [join(t.rootfs, 'etc/group')])
    },
    ann,
    /^EXECD_(GROUP_NOT_FOUND|PERMISSION)$/,
  ],
  [
    '/etc/passwd without an end',
    (t) => replace(join(t.rootfs, 'etc/passwd'), '/dev/zero'),
    ann,
    /^EXECD_(USER_NOT_FOUND|PERMISSION)$/,
  ],
  [
    '/etc/passwd that is huge',
    (t) => truncateSync(join(t.rootfs, 'etc/passwd'), 2 ** 40),
    ann,
    /^EXECD_(USER_NOT_FOUND|PERMISSION)$/,
  ],
  [
    '/etc/passwd as a link to the host',
    (t) => replace(join(t.rootfs, 'etc/passwd'), join(t.trap, 'secret')),
    ann,
    /^EXECD_USER_NOT_FOUND$/,
  ],
  [
    '/etc/passwd as a magic link',
    (t) => replace(join(t.rootfs, 'etc/passwd'), '/proc/self/fd/0'),
    ann,
    /^EXECD_(USER_NOT_FOUND|PERMISSION)$/,
  ],
  [
    '/etc as a link up and out',
    (t) => replace(join(t.rootfs, 'etc'), upTo('/etc')),
    ann,
    /^EXECD_(USER_NOT_FOUND|PERMISSION)$/,
  ],
  ...[3, 5, 8, 10, 63, 64, 65, 70, 100].map(
    (fd): HostileCase => [
      `the working directory /proc/self/fd/${fd}`,
      () => {},
      { process: { cwd: `/proc/self/fd/${fd}` } },
      /^EXECD_WORKING_DIRECTORY$/,
    ],
  ),
  [
    'the working directory as a link to a descriptor',
    (t) => replace(join(t.rootfs, 'data'), '/proc/self/fd/64/../..'),
    { process: { cwd: '/data' } },
    /^EXECD_WORKING_DIRECTORY$/,
  ],
  [
    'the program as a link to the helper',
    () => {},
    { process: { args: ['/proc/self/exe', '-x'] } },
    /^(ended badly|EXECD_PROGRAM_NOT_(FOUND|EXECUTABLE))$/,
  ],
  [
    'a script whose interpreter is the helper',
    (t) => writeFileSync(join(t.rootfs, 'bin/id2'), '#!/proc/self/exe\n', { mode: 0o755 }),
    { process: { args: ['/bin/id2'] } },
    /^(ended badly|EXECD_PROGRAM_NOT_(FOUND|EXECUTABLE))$/,
  ],
  [
    'a program that is a descriptor of the helper',
    () => {},
    { process: { args: ['/proc/self/fd/64'] } },
    /^EXECD_PROGRAM_NOT_(FOUND|EXECUTABLE)$/,
  ],
]
