import { spawnSync } from 'node:child_process'
import { lstatSync, mkdirSync, readdirSync, readFileSync, rmSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs'
import { join, relative } from 'node:path'
import { ExecdError } from '@execd/core'
import { expect } from '@jest/globals'
import { mounts } from './support/host-state.js'
import { copyRootfs } from './support/rootfs.js'
import { driverTests, type Part, type Suite } from './support/suite.js'

/** Everything about the trap that a container could have changed. */
function stateOf(folder: string): string[] {
  return (readdirSync(folder, { recursive: true }) as string[]).sort().map((name) => {
    const path = join(folder, name)
    const { mode, uid, mtimeMs, ctimeMs, nlink } = lstatSync(path)
    return `${name} ${mode} ${uid} ${nlink} ${mtimeMs} ${ctimeMs} ${lstatSync(path).isFile() ? readFileSync(path, 'utf8') : ''}`
  })
}

function makeTrap(suite: Suite): string {
  const trap = join(suite.temp, 'trap')
  rmSync(trap, { recursive: true, force: true })
  mkdirSync(join(trap, 'folder/deep'), { recursive: true })
  writeFileSync(join(trap, 'secret'), 'ann:x:0:0::/:/bin/sh\n')
  return trap
}

interface Trap {
  readonly rootfs: string
  readonly trap: string
}

/** A path from a folder of the rootfs up and out to the trap. */
const upTo = (trap: string): string => `${'../'.repeat(30)}${trap.slice(1)}`

function replace(path: string, target: string): void {
  rmSync(path, { recursive: true, force: true })
  symlinkSync(target, path)
}

const tmpfs = (destination: string): Part => ({ mounts: [{ type: 'tmpfs', destination }] })

type Case = readonly [title: string, prepare: (trap: Trap) => void, part: Part, outcome: RegExp]

const HARMLESS = /^ran$/
const MOUNT = /^EXECD_MOUNT$/
const ann = { process: { user: 'ann' } } as const

const CASES: readonly Case[] = [
  ['a mount on a link to the host', (t) => replace(join(t.rootfs, 'data'), t.trap), tmpfs('/data'), MOUNT],
  ['a mount on a link up and out', (t) => replace(join(t.rootfs, 'data'), upTo(t.trap)), tmpfs('/data'), MOUNT],
  ['a mount below a link to the host', (t) => replace(join(t.rootfs, 'data'), join(t.trap, 'folder')), tmpfs('/data/deep/new'), MOUNT],
  ['a mount below a link up and out', (t) => replace(join(t.rootfs, 'data'), upTo(join(t.trap, 'folder'))), tmpfs('/data/deep/new'), MOUNT],
  ['a mount on a dangling link', (t) => replace(join(t.rootfs, 'data'), join(t.trap, 'not-there')), tmpfs('/data'), MOUNT],
  ['a mount on a link to itself', (t) => replace(join(t.rootfs, 'data'), 'data'), tmpfs('/data'), MOUNT],
  ['a mount on a link inside the rootfs', (t) => replace(join(t.rootfs, 'data'), '/home'), tmpfs('/data'), HARMLESS],
  ['a mount on a magic link', (t) => replace(join(t.rootfs, 'data'), '/proc/self/root'), tmpfs('/data/etc'), MOUNT],
  ['a mount on a link to a descriptor', (t) => replace(join(t.rootfs, 'data'), '/proc/self/fd/64'), tmpfs('/data/x'), MOUNT],
  ['a file bound on a link to the host', (t) => replace(join(t.rootfs, 'data'), t.trap), { mounts: [{ type: 'bind', source: '/etc/hostname', destination: '/data/secret' }] }, MOUNT],
  ['/etc as a link to the host, with a file bound below', (t) => replace(join(t.rootfs, 'etc'), t.trap), { mounts: [{ type: 'bind', source: '/etc/hostname', destination: '/etc/secret' }] }, MOUNT],
  ...['proc', 'dev', 'sys'].flatMap((name): Case[] => [
    [`/${name} as a link to the host`, (t) => replace(join(t.rootfs, name), t.trap), {}, MOUNT],
    [`/${name} as a link up and out`, (t) => replace(join(t.rootfs, name), upTo(t.trap)), {}, MOUNT],
    [`/${name} as a link inside`, (t) => replace(join(t.rootfs, name), '/home'), {}, MOUNT],
    [`/${name} as a file`, (t) => { rmSync(join(t.rootfs, name), { recursive: true }); writeFileSync(join(t.rootfs, name), '') }, {}, MOUNT],
    [`/${name} missing`, (t) => rmSync(join(t.rootfs, name), { recursive: true }), {}, HARMLESS],
  ]),
  ['/dev with a null that is a link to the host', (t) => symlinkSync(join(t.trap, 'secret'), join(t.rootfs, 'dev/null')), {}, HARMLESS],
  ['/dev with a null that is a file', (t) => writeFileSync(join(t.rootfs, 'dev/null'), 'not null'), {}, HARMLESS],
  ['/dev with pts, shm and a console that are links', (t) => { for (const name of ['pts', 'shm', 'mqueue', 'console', 'ptmx']) symlinkSync(t.trap, join(t.rootfs, 'dev', name)) }, { process: { terminal: true } }, HARMLESS],
  ['/proc with files of its own', (t) => { mkdirSync(join(t.rootfs, 'proc/self')); writeFileSync(join(t.rootfs, 'proc/self/status'), 'CapEff: all') }, {}, HARMLESS],
  ['a masked path that is a link to the host', (t) => symlinkSync(t.trap, join(t.rootfs, 'home/mask')), { maskedPaths: ['/home/mask'] }, MOUNT],
  ['a masked path below a link to the host', (t) => symlinkSync(t.trap, join(t.rootfs, 'home/mask')), { maskedPaths: ['/home/mask/secret'] }, HARMLESS],
  ['a read-only path that is a link to the host', (t) => symlinkSync(t.trap, join(t.rootfs, 'home/ro')), { readonlyPaths: ['/home/ro'] }, HARMLESS],
  ['/etc/passwd as a FIFO', (t) => { rmSync(join(t.rootfs, 'etc/passwd')); spawnSync('mkfifo', [join(t.rootfs, 'etc/passwd')]) }, ann, /^EXECD_(USER_NOT_FOUND|PERMISSION)$/],
  ['/etc/passwd as a FIFO, and a number', (t) => { rmSync(join(t.rootfs, 'etc/passwd')); spawnSync('mkfifo', [join(t.rootfs, 'etc/passwd')]) }, { process: { user: '5:5' } }, /^(ran|EXECD_PERMISSION)$/],
  ['/etc/group as a FIFO', (t) => { rmSync(join(t.rootfs, 'etc/group')); spawnSync('mkfifo', [join(t.rootfs, 'etc/group')]) }, ann, /^EXECD_(GROUP_NOT_FOUND|PERMISSION)$/],
  ['/etc/passwd without an end', (t) => replace(join(t.rootfs, 'etc/passwd'), '/dev/zero'), ann, /^EXECD_(USER_NOT_FOUND|PERMISSION)$/],
  ['/etc/passwd that is huge', (t) => truncateSync(join(t.rootfs, 'etc/passwd'), 2 ** 40), ann, /^EXECD_(USER_NOT_FOUND|PERMISSION)$/],
  ['/etc/passwd as a link to the host', (t) => replace(join(t.rootfs, 'etc/passwd'), join(t.trap, 'secret')), ann, /^EXECD_USER_NOT_FOUND$/],
  ['/etc/passwd as a magic link', (t) => replace(join(t.rootfs, 'etc/passwd'), '/proc/self/fd/0'), ann, /^EXECD_(USER_NOT_FOUND|PERMISSION)$/],
  ['/etc as a link up and out', (t) => replace(join(t.rootfs, 'etc'), upTo('/etc')), ann, /^EXECD_(USER_NOT_FOUND|PERMISSION)$/],
  ...[3, 5, 8, 10, 63, 64, 65, 70, 100].map((fd): Case => [`the working directory /proc/self/fd/${fd}`, () => {}, { process: { cwd: `/proc/self/fd/${fd}` } }, /^EXECD_WORKING_DIRECTORY$/]),
  ['the working directory as a link to a descriptor', (t) => replace(join(t.rootfs, 'data'), '/proc/self/fd/64/../..'), { process: { cwd: '/data' } }, /^EXECD_WORKING_DIRECTORY$/],
  ['the program as a link to the helper', () => {}, { process: { args: ['/proc/self/exe', '-x'] } }, /^(ended badly|EXECD_PROGRAM_NOT_(FOUND|EXECUTABLE))$/],
  ['a script whose interpreter is the helper', (t) => writeFileSync(join(t.rootfs, 'bin/id2'), '#!/proc/self/exe\n', { mode: 0o755 }), { process: { args: ['/bin/id2'] } }, /^(ended badly|EXECD_PROGRAM_NOT_(FOUND|EXECUTABLE))$/],
  ['a program that is a descriptor of the helper', () => {}, { process: { args: ['/proc/self/fd/64'] } }, /^EXECD_PROGRAM_NOT_(FOUND|EXECUTABLE)$/],
]

driverTests('a hostile root file system', (suite, test) => {
  let number = 0

  test.each(CASES)('%s', async (_, prepare, part, outcome) => {
    const trap = makeTrap(suite)
    number += 1
    const rootfs = copyRootfs(suite.rootfs, join(suite.temp, `hostile-${number}`))
    prepare({ rootfs, trap })
    const before = { trap: stateOf(trap), mounts: mounts() }
    const command = suite.command(['sh', '-c', 'cat /proc/self/mountinfo; id'], { ...part, rootfs })
    const args = part.process?.args ?? command.process.args
    const end = await suite.runtime.run({ ...command, process: { ...command.process, args } }, { timeout: '10s' }).then(
      (result) => {
        expect(result.reason).toBe('exited')
        expect(result.stdout).not.toContain(trap)
        return result.ok ? 'ran' : 'ended badly'
      },
      (error: unknown) => {
        if (!ExecdError.is(error)) throw error
        expect(error.hint).not.toBe('')
        return error.code
      },
    )
    expect(end).toMatch(outcome)
    expect({ trap: stateOf(trap), mounts: mounts() }).toEqual(before)
    expect(relative(suite.temp, trap)).toBe('trap')
  })

  test('the helper that starts the next container is the same as before', async () => {
    const script = 'for p in /proc/*/exe; do (echo spoilt >>$p) 2>/dev/null && echo $p; done; echo tried'
    expect(await suite.output(script, { process: { capabilities: { add: ['SYS_PTRACE'] } }, seccomp: 'unconfined' })).toBe('tried')
    expect(await suite.output(script, { init: true })).toBe('tried')
    expect(await suite.output('echo fine')).toBe('fine')
  })

  test('a folder that another container turns into a link and back, while mounts are placed below it', async () => {
    const trap = makeTrap(suite)
    const before = { trap: stateOf(trap), mounts: mounts() }
    const script = `cd /data; mkdir real; ln -s ${upTo(trap)} out; while :; do mv real t; mv t real; mv out t; mv t out; done`
    const swapper = await suite.runtime.start(suite.script(script), { stdio: 'ignore' })
    const ends = new Set<string>()
    for (let round = 0; round < 60; round += 1) {
      const mountsOf = { mounts: [{ type: 'tmpfs' as const, destination: '/data/t/deep' }] }
      const end = await suite.sh('true', mountsOf, { timeout: '10s' }).then(
        ({ reason }) => reason,
        (error: unknown) => (ExecdError.is(error) ? error.code : String(error)),
      )
      ends.add(end)
    }
    await swapper.terminate()
    for (const end of ends) expect(['exited', 'EXECD_MOUNT']).toContain(end)
    expect({ trap: stateOf(trap), mounts: mounts() }).toEqual(before)
  })

  test('what runs as root inside cannot reach the host through /proc', async () => {
    const refused = [
      'echo 1 >/proc/sysrq-trigger',
      'echo x >/proc/sys/kernel/core_pattern',
      'mount --bind / /data',
      'umount /proc/keys',
      'mount -o remount,rw /sys',
      'mknod /data/m c 1 1 && head -c 1 /data/m',
      'nsenter -t 1 -m true && chroot /proc/1/root ls /work',
      'dd if=/proc/kcore of=/dev/null bs=1 count=1 2>&1 | grep -q "1+0" ',
      'echo 0 >/sys/fs/cgroup/memory/cgroup.procs',
      'echo "|/bin/sh" >/sys/kernel/uevent_helper',
      'ln -s / /data/l && ls /data/l/work',
    ]
    for (const command of refused) {
      const result = await suite.sh(`(${command}) 2>/dev/null && echo done`)
      expect(`${command}: ${result.stdout}`).toBe(`${command}: `)
    }
  })
})
