import { execFileSync, spawn } from 'node:child_process'
import {
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { requires } from '@execd/test-support'
import { afterAll, afterEach, beforeAll, beforeEach, expect } from '@jest/globals'
import {
  AT_RECURSIVE,
  MOUNT_ATTR_RDONLY,
  O_PATH,
  OPEN_TREE_CLONE,
  S_IFCHR,
  S_IFREG,
} from '../../dist/linux/constants.js'
import { OP } from '../../dist/plan/ops.js'
import { type Step, step } from '../../dist/plan/steps.js'
import { container, makeRootfs, type Rootfs } from './container.js'
import { finish } from './harness.js'

const { test, describe } = requires('root', 'busybox')

const ENOENT = 2
const EEXIST = 17
const ELOOP = 40

describe('mounts', () => {
  let rootfs: Rootfs
  let trap: string
  beforeAll(() => {
    rootfs = makeRootfs()
  })
  afterAll(() => rootfs.remove())
  // A folder of the host that a hostile image points at: it must be the same afterwards.
  beforeEach(() => {
    trap = mkdtempSync(join(tmpdir(), 'execd-trap-'))
    mkdirSync(join(trap, 'dir'))
    writeFileSync(join(trap, 'file'), 'host')
  })
  afterEach(() => {
    expect(readdirSync(trap, { recursive: true }).sort()).toEqual(['dir', 'file'])
    expect(execFileSync('cat', [join(trap, 'file')], { encoding: 'utf8' })).toBe('host')
    rmSync(trap, { recursive: true })
    for (const name of ['link', 'new', 'd']) rmSync(join(rootfs.path, name), { recursive: true, force: true })
  })

  const shell = (script: string, mounts: Step[], more: object = {}) =>
    finish(container(rootfs.path, { args: ['sh', '-c', script], mounts, ...more }))
  const bind = (
    path: string,
    target: string,
    more: { create?: boolean; nofollow?: boolean } = {},
  ): Step[] => [
    step.openTree({ slot: 10, flags: OPEN_TREE_CLONE | AT_RECURSIVE, path }),
    step.mount({ slot: 10, target, ...more }),
  ]

  test('a read-only recursive bind', async () => {
    const steps = [
      step.openTree({ slot: 10, flags: OPEN_TREE_CLONE | AT_RECURSIVE, path: trap }),
      step.setAttr({ slot: 10, set: MOUNT_ATTR_RDONLY, recursive: true }),
      step.mount({ slot: 10, target: '/data' }),
    ]
    const { stdout, stderr } = await shell('cat /data/file; touch /data/x', steps)
    expect(stdout).toBe('host')
    expect(stderr).toContain('Read-only file system')
  })

  test('a bind of a file onto a file that is made, and of a folder in folders that are made', async () => {
    const steps = [
      ...bind(join(trap, 'file'), '/new/a/file', { create: true }),
      ...bind(join(trap, 'dir'), '/new/b/c/dir', { create: true }),
    ]
    const { stdout, last } = await shell(
      'cat /new/a/file; stat -c %a:%F /new /new/a /new/b/c /new/b/c/dir',
      steps,
    )
    expect(last).toMatchObject({ code: 0 })
    expect(stdout).toBe('host755:directory\n755:directory\n755:directory\n755:directory\n')
  })

  test('an option of a file system, tmpfs, and the mode of nodes, folders and links', async () => {
    const steps = [
      step.fsmount({
        slot: 10,
        attrs: 6,
        type: 'tmpfs',
        options: [
          ['size', '1m'],
          ['mode', '1777'],
        ],
      }),
      step.mount({ slot: 10, target: '/tmp' }),
      step.dir({ mode: 0o1777, path: '/tmp/dir' }),
      step.node({ mode: S_IFCHR | 0o666, major: 1, minor: 5, uid: 5, gid: 6, path: '/dev/mine' }),
      step.node({ mode: S_IFREG | 0o640, path: '/tmp/plain' }),
      step.symlink({ target: '/proc/self/fd', path: '/dev/fd' }),
    ]
    const { stdout } = await shell(
      'stat -c %a:%F /tmp /tmp/dir /tmp/plain; stat -c %a:%u:%g:%t:%T /dev/mine; readlink /dev/fd; grep " /tmp " /proc/mounts',
      steps,
    )
    // inode64 is the default of some kernels
    expect(stdout.replace(',inode64', '')).toBe(
      '1777:directory\n1777:directory\n640:regular empty file\n666:5:6:1:5\n/proc/self/fd\n' +
        'none /tmp tmpfs rw,nosuid,nodev,relatime,size=1024k 0 0\n',
    )
  })

  test.each<[string, (trap: string) => string]>([
    ['absolute', (t) => t],
    ['relative', (t) => `../../../../../..${t}`],
    ['through /proc/self/root', (t) => `/proc/self/root${t}`],
    ['through /proc/1/cwd', () => '/proc/1/cwd'],
  ])('a mount target that is a symlink to the host (%s) stays inside', async (_, target) => {
    symlinkSync(target(trap), join(rootfs.path, 'link'))
    for (const [path, create] of [
      ['/link', false],
      ['/link/made/deep', true],
      ['/link/dir', false],
    ] as const) {
      const { last } = await shell('true', bind('/etc', path, { create }))
      if (last?.type === 'failed') expect(last.op).toBe(OP.mount)
      expect(existsSync(join(trap, 'made'))).toBe(false)
    }
    expect(lstatSync(join(rootfs.path, 'link')).isSymbolicLink()).toBe(true)
    rmSync(join(rootfs.path, 'tmp'), { recursive: true })
    mkdirSync(join(rootfs.path, 'tmp'))
  })

  test('create never follows a dangling symlink, nofollow follows none', async () => {
    symlinkSync(join(trap, 'made'), join(rootfs.path, 'link'))
    expect((await shell('true', bind('/etc', '/link', { create: true }))).last).toMatchObject({
      op: OP.mount,
      errno: EEXIST,
    })
    expect((await shell('true', bind('/etc', '/link/x', { create: true }))).last).toMatchObject({
      op: OP.mount,
      errno: EEXIST,
    })
    rmSync(join(rootfs.path, 'link'))
    symlinkSync('/data', join(rootfs.path, 'link'))
    expect((await shell('true', bind('/etc', '/link', { nofollow: true }))).last).toMatchObject({
      op: OP.mount,
      errno: ELOOP,
    })
    expect((await shell('ls /data', bind(trap, '/link'))).stdout).toBe('dir\nfile\n')
    expect((await shell('true', bind('/etc', '/not/there'))).last).toMatchObject({
      op: OP.mount,
      errno: ENOENT,
    })
  })

  test.each([['proc'], ['dev']])('an image whose /%s is a symlink to the host is refused', async (name) => {
    rmSync(join(rootfs.path, name), { recursive: true })
    symlinkSync(trap, join(rootfs.path, name))
    const { last } = await shell('true', [])
    rmSync(join(rootfs.path, name))
    mkdirSync(join(rootfs.path, name))
    expect(last).toMatchObject({ type: 'failed', op: OP.mount, errno: ELOOP })
  })

  test('a folder that is exchanged with a symlink to the host all the time is no way out', async () => {
    const [dir, link] = ['d', 'link'].map((name) => join(rootfs.path, name))
    const script = `cd ${rootfs.path}; while :; do mkdir d; mv -T d e; ln -s ${trap} d; rm d; mv -T e d; rm -r d; done`
    const swapper = spawn('sh', ['-c', script], { stdio: 'ignore' })
    const seen = new Set<string>()
    for (let round = 0; round < 60; round++) {
      const { last } = await shell('true', [
        ...bind('/etc', '/d/new/x', { create: true }),
        step.mask({ paths: ['/d/dir', '/d/file'] }),
        step.readonly({ paths: ['/d'] }),
      ])
      seen.add(last?.type ?? 'nothing')
    }
    swapper.kill('SIGKILL')
    await new Promise((resolve) => swapper.once('close', resolve))
    for (const path of [dir, link, join(rootfs.path, 'e')])
      rmSync(path as string, { recursive: true, force: true })
    expect([...seen].filter((type) => type !== 'exited' && type !== 'failed')).toEqual([])
  }, 20_000)

  test('nodes, folders and links are made inside, whatever their parent points at', async () => {
    symlinkSync(trap, join(rootfs.path, 'link'))
    for (const s of [
      step.dir({ mode: 0o755, path: '/link/x' }),
      step.node({ mode: S_IFCHR | 0o666, major: 1, minor: 3, path: '/link/x' }),
      step.symlink({ target: 'y', path: '/link/x' }),
    ]) {
      expect((await shell('true', [s])).last).toMatchObject({ type: 'failed', op: OP[s.name], errno: ENOENT })
    }
    expect((await shell('true', [step.dir({ mode: 0o755, path: '/a/..' })])).last).toMatchObject({
      errno: 22,
    })
    expect((await shell('true', [step.symlink({ target: 'x', path: '/dev/null' })])).last).toMatchObject({
      errno: EEXIST,
    })
  })

  test('masks cover files and folders, skip what is absent, and stop at links', async () => {
    mkdirSync(join(rootfs.path, 'd/sub'), { recursive: true })
    writeFileSync(join(rootfs.path, 'd/secret'), 'x')
    const paths = [
      '/proc/version',
      '/proc/scsi',
      '/not/there',
      '/proc/self',
      '/d/secret',
      '/d/sub',
      '/proc/irq',
    ]
    const { stdout, last } = await shell(
      'stat -c %F:%t:%T /proc/version /d/secret; ls /d/sub /proc/irq | wc -w; touch /d/sub/x 2>&1; ls -d /proc/self/fd',
      [step.mask({ paths })],
    )
    expect(last).toMatchObject({ type: 'exited', code: 0 })
    expect(stdout).toMatch(
      /^character special file:1:3\ncharacter special file:1:3\n2\n.*Read-only file system\n\/proc\/self\/fd\n$/,
    )
    symlinkSync(join(trap, 'file'), join(rootfs.path, 'link'))
    expect((await shell('true', [step.mask({ paths: ['/d/sub', '/link'] })])).last).toMatchObject({
      type: 'failed',
      op: OP.mask,
      errno: ELOOP,
      context: '/link',
    })
  })

  test('only the null device is taken for the null device', async () => {
    for (const path of ['/dev/zero', join(trap, 'file'), '/']) {
      const steps = [step.open({ slot: 11, flags: O_PATH, path }), step.nullDevice({ slot: 11 })]
      expect((await shell('true', steps)).last).toMatchObject({
        type: 'failed',
        op: OP.nullDevice,
        errno: 19,
      })
    }
  })

  test('read-only paths, absent ones skipped', async () => {
    mkdirSync(join(rootfs.path, 'd'), { recursive: true })
    const { stderr, stdout } = await shell(
      'touch /d/x; echo 1 > /proc/sys/kernel/domainname; touch /tmp/x && rm /tmp/x && echo other',
      [step.readonly({ paths: ['/proc/sys', '/not/there', '/d'] })],
    )
    expect(stderr.match(/Read-only file system/g)).toHaveLength(2)
    expect(stdout).toBe('other\n')
  })

  test('after the pivot the old root is out of reach', async () => {
    const { stdout } = await shell(
      `ls / | tr "\\n" " "; wc -l < /proc/self/mountinfo; ls -d /proc/1/root/../../..${trap} 2>&1`,
      [],
    )
    expect(stdout).toMatch(/^bin d?\s*data dev etc home proc sys tmp 4\n.*No such file/)
  })

  test('host name, domain name, sysctl, loopback', async () => {
    const { stdout } = await shell(
      'hostname; cat /proc/sys/kernel/domainname /proc/sys/net/ipv4/ip_unprivileged_port_start /proc/sys/kernel/msgmax; ifconfig lo | grep -c "UP LOOPBACK"',
      [
        step.hostname({ value: 'box' }),
        step.domainname({ value: 'example' }),
        step.sysctl({ key: 'net/ipv4/ip_unprivileged_port_start', value: '99' }),
        step.sysctl({ key: 'kernel/msgmax', value: '4097' }),
        step.loopback(),
      ],
    )
    expect(stdout).toBe('box\nexample\n99\n4097\n1\n')
  })

  test.each([['../cmdline'], ['kernel/../../cmdline'], ['kernel'], ['net/not-there'], ['']])(
    'a sysctl key that is none: %j',
    async (key) => {
      const { last } = await shell('true', [step.sysctl({ key, value: '1' })])
      expect(last).toMatchObject({ type: 'failed', op: OP.sysctl })
    },
  )

  test('a sysctl is not led astray by what is mounted on /proc', async () => {
    const steps = [...bind(trap, '/proc'), step.sysctl({ key: 'kernel/msgmax', value: '4097' })]
    expect((await shell('true', steps)).last).toMatchObject({ type: 'exited', code: 0 })
  })
})
