import {
  chmodSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import * as linux from '../../dist/linux/constants.js'
import { type Step, step } from '../../dist/plan/steps.js'

const APPLETS =
  'sh true false cat echo id ls sleep kill ps stty mount env head tail setsid printf test readlink stat touch mkdir rm ln find grep tr wc od dd hostname ifconfig tty pwd umask nproc chmod seq cut sort rmdir ulimit'

/** A root file system of busybox in a temporary folder. */
export interface Rootfs {
  readonly path: string
  remove(): void
}

/** Makes a busybox root file system with users root, ann (1000, groups 2000 and staff 3000) and bob (1001). */
export function makeRootfs(): Rootfs {
  const path = mkdtempSync(join(tmpdir(), 'execd-helper-'))
  chmodSync(path, 0o755)
  for (const dir of ['bin', 'proc', 'sys', 'dev', 'etc', 'tmp', 'data', 'home']) mkdirSync(join(path, dir))
  copyFileSync(['/bin/busybox', '/usr/bin/busybox'].find(existsSync) ?? '', join(path, 'bin/busybox'))
  for (const name of APPLETS.split(' ')) symlinkSync('busybox', join(path, 'bin', name))
  writeFileSync(
    join(path, 'etc/passwd'),
    'root:x:0:0:root:/root:/bin/sh\nann:x:1000:2000::/home/ann:/bin/sh\nbob:x:1001:1001::/:\n',
  )
  writeFileSync(join(path, 'etc/group'), 'root:x:0:\nusers:x:2000:\nstaff:x:3000:bob,ann\nother:x:3001:bob\n')
  return { path, remove: () => rmSync(path, { recursive: true, force: true }) }
}

export const NAMESPACES =
  linux.CLONE_NEWNS | linux.CLONE_NEWPID | linux.CLONE_NEWIPC | linux.CLONE_NEWUTS | linux.CLONE_NEWNET

/** BPF: return ALLOW. */
export const ALLOW_ALL = Buffer.from([0x06, 0, 0, 0, 0, 0, 0xff, 0x7f])

const DEFAULT_CAPS = 0xa80425fbn

export interface ContainerOptions {
  readonly args: readonly string[]
  readonly env?: readonly string[]
  readonly flags?: number
  readonly clone?: Omit<Parameters<typeof step.clone>[0], 'flags'>
  /** Steps before the clone. */
  readonly host?: readonly Step[]
  readonly parent?: readonly Step[]
  /** Steps of the child before anything else. */
  readonly first?: readonly Step[]
  /** Steps after /proc and /dev are mounted and before the pivot. */
  readonly mounts?: readonly Step[]
  /** Steps after the pivot. */
  readonly inside?: readonly Step[]
  readonly user?: Parameters<typeof step.user>[0]
  /** Ambient capabilities. */
  readonly ambient?: bigint
  readonly end?: readonly Step[]
}

const NODES = [
  ['null', 3],
  ['zero', 5],
  ['full', 7],
] as const

/** /proc, /dev with its nodes and /dev/pts: slots 2 to 5. */
export function deviceSteps(): Step[] {
  return [
    step.fsmount({ slot: 2, attrs: 0xe, type: 'proc' }),
    step.mount({ slot: 2, nofollow: true, create: true, target: '/proc' }),
    step.fsmount({
      slot: 3,
      attrs: 2,
      type: 'tmpfs',
      options: [
        ['mode', '755'],
        ['size', '64k'],
      ],
    }),
    step.mount({ slot: 3, nofollow: true, target: '/dev' }),
    step.node({ mode: linux.S_IFCHR | 0o666, major: 5, minor: 0, path: '/dev/tty' }),
    ...NODES.map(([name, minor]) =>
      step.node({ mode: linux.S_IFCHR | 0o666, major: 1, minor, path: `/dev/${name}` }),
    ),
    step.fsmount({
      slot: 4,
      attrs: linux.MOUNT_ATTR_NOSUID | linux.MOUNT_ATTR_NOEXEC,
      type: 'devpts',
      options: [
        ['newinstance', ''],
        ['ptmxmode', '0666'],
        ['mode', '0620'],
      ],
    }),
    step.dir({ mode: 0o755, path: '/dev/pts' }),
    step.mount({ slot: 4, nofollow: true, target: '/dev/pts' }),
    step.symlink({ target: 'pts/ptmx', path: '/dev/ptmx' }),
    step.open({ slot: 5, flags: linux.O_PATH, type: linux.S_IFCHR, path: '/dev/null' }),
    step.nullDevice({ slot: 5 }),
  ]
}

/** A whole plan for a command in a root file system. */
export function container(rootfs: string, o: ContainerOptions): Step[] {
  return [
    ...(o.host ?? []),
    step.clone({ flags: o.flags ?? NAMESPACES, ...o.clone }),
    ...(o.parent ?? []),
    ...(o.first ?? []),
    step.keyring(),
    step.propagate({ flags: linux.MS_REC | linux.MS_SLAVE }),
    step.openTree({ slot: 1, flags: linux.OPEN_TREE_CLONE | linux.AT_RECURSIVE, path: rootfs }),
    step.root({ slot: 1, hostPath: rootfs }),
    ...deviceSteps(),
    ...(o.mounts ?? []),
    step.pivot(),
    ...(o.inside ?? []),
    step.session({}),
    step.env({ variables: o.env ?? ['PATH=/bin'] }),
    step.noNewPrivs(),
    step.bound({ mask: DEFAULT_CAPS }),
    step.user(o.user ?? { uid: 0, gid: 0 }),
    step.capset({ rootMask: DEFAULT_CAPS, ambient: o.ambient ?? 0n }),
    ...(o.end ?? []),
    step.umask({ mask: 0o22 }),
    step.chdir({ path: '/' }),
    step.pdeathsig({ signal: 9 }),
    step.seccomp({ filter: ALLOW_ALL }),
    step.exec({ args: o.args }),
  ]
}

/** A command in the host's namespaces. */
export function plain(
  args: readonly string[],
  o: { host?: Step[]; end?: Step[]; clone?: ContainerOptions['clone']; env?: string[] } = {},
): Step[] {
  return [
    ...(o.host ?? []),
    step.clone({ flags: 0, ...o.clone }),
    step.env({ variables: o.env ?? ['PATH=/bin:/usr/bin'] }),
    ...(o.end ?? []),
    step.exec({ args }),
  ]
}
