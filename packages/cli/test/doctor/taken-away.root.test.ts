import { requires } from '@execd/test-support'
import { afterAll, beforeAll, describe, expect } from '@jest/globals'
import { DoctorGround, type Expected, expectNamed, IN_DOCKER, type Where } from '../support/doctor.js'

const { test } = requires('root', 'test-user', 'userns', 'setpriv', 'uidmap')
const LONG = 60_000

let ground: DoctorGround
beforeAll(() => {
  ground = new DoctorGround()
}, LONG)
afterAll(() => ground?.leave())

describe('with nothing taken away', () => {
  test.each<['user' | 'root']>([['user'], ['root']])(
    'all is well for %s',
    async (as) => {
      const { status, checks } = await ground.ask({ as })
      expect(checks.filter((check) => check.name === 'container' && check.status !== 'ok')).toEqual([])
      expect(status).toBe(0)
    },
    LONG,
  )
})

type Row = readonly [what: string, where: () => Where, expected: Expected]

/** Lays overlays over /usr until the kernel takes no more: an overlay of them cannot be mounted then. */
const STACKED = 'while mount -t overlay o -o lowerdir=/usr:/etc /usr 2>/dev/null; do :; done'

describe('the cause is named when this is taken away: namespaces', () => {
  const rows: readonly Row[] = [
    [
      'user namespaces, by their limit',
      () => ({ as: 'root', wrap: ground.noNamespaces }),
      [
        ...(['user-namespaces', 'missing', /user\.max_user_namespaces is 0/] as const),
        ...([/^as root: sysctl -w user\.max_user_namespaces=15000$/, 1] as const),
      ],
    ],
    [
      'user namespaces, by those there are',
      () => ({ as: 'root', wrap: ground.noMoreNamespaces }),
      [
        ...(['user-namespaces', 'missing', /as many user namespaces as are allowed/] as const),
        ...([/sysctl -w user\.max_user_namespaces=\d+, or end what holds them \(lsns -t user\)/, 1] as const),
      ],
    ],
    [
      'user namespaces, by the AppArmor rule of Ubuntu 24.04',
      () => ground.chroot(ground.setting('apparmor_restrict_unprivileged_userns', 1)),
      [
        ...(['user-namespaces', 'missing', /AppArmor .*apparmor_restrict_unprivileged_userns is 1/] as const),
        ...([/sysctl -w kernel\.apparmor_restrict_unprivileged_userns=0, or .*"userns,"/, 1] as const),
      ],
    ],
    [
      "user namespaces, by Debian's switch",
      () => ground.chroot(ground.setting('unprivileged_userns_clone', 0)),
      [
        ...(['user-namespaces', 'missing', /kernel\.unprivileged_userns_clone is 0/] as const),
        ...([/^as root: sysctl -w kernel\.unprivileged_userns_clone=1$/, 1] as const),
      ],
    ],
    [
      'user namespaces, by a chroot',
      () => ground.chroot(),
      [
        ...(['user-namespaces', 'missing', /the kernel, a chroot or an outer sandbox forbids/] as const),
        ...([IN_DOCKER ? /^docker run / : /run as root, or outside of the chroot/, 1] as const),
      ],
    ],
    [
      'a /proc that is whole',
      () => ({ before: ground.hide('/proc/version') }),
      [
        'procfs',
        'missing',
        /covered: \/proc\/version/,
        IN_DOCKER ? /systempaths=unconfined/ : /run as root, or unmount \/proc\/version/,
        1,
      ],
    ],
    [
      'unshare(1)',
      () => ({ env: ground.pathWithout(['unshare']) }),
      ['user-namespaces', 'degraded', /could not be tried/, /install util-linux/, 0],
    ],
  ]
  test.each(rows)('%s', async (_, where, expected) => expectNamed(await ground.ask(where()), expected), LONG)
})

describe('the cause is named when this is taken away: kernel', () => {
  const noSeccomp = () => ground.hide('/proc/sys/kernel/seccomp/actions_avail')
  const noOverlay = () => ground.rewrite('/proc/filesystems', 'grep -v overlay')
  const rows: readonly Row[] = [
    [
      'seccomp',
      () => ({ before: noSeccomp() }),
      ['seccomp', 'missing', /no seccomp filters/, /CONFIG_SECCOMP_FILTER/, 1],
    ],
    ...['lxc', 'oci'].map(
      (driver): Row => [
        `seccomp, for ${driver}`,
        () => ({ as: 'root', driver, before: noSeccomp() }),
        ['seccomp', 'degraded', /a system call filter is refused/, /CONFIG_SECCOMP_FILTER/, 1],
      ],
    ),
    [
      'a kernel that is new enough',
      () => ({ wrap: 'setarch --uname-2.6' }),
      ['kernel', 'missing', /Linux 2\.6/, /^Linux 5\.12 or later is needed/, 1],
    ],
    [
      'overlays, by a root of too many layers',
      () => ({ before: STACKED }),
      ['overlay', 'degraded', /cannot be mounted/, /run as root, or use a rootfs of type "directory"/, 1],
    ],
    [
      'overlays, by a root of too many layers, for root',
      () => ({ as: 'root', before: STACKED }),
      ['overlay', 'degraded', /cannot be mounted/, /^use a rootfs of type "directory"/, 1],
    ],
    [
      'overlayfs',
      () => ({ as: 'root', before: `${STACKED}\n${noOverlay()}` }),
      ['overlay', 'degraded', /overlayfs is not loaded/, /^as root: modprobe overlay$/, 1],
    ],
    [
      'overlayfs, for lxc',
      () => ({ as: 'root', driver: 'lxc', before: noOverlay() }),
      ['overlay', 'degraded', /overlay is not there/, /^as root: modprobe overlay$/, 0],
    ],
    [
      'overlayfs, for oci',
      () => ({ as: 'root', driver: 'oci', before: noOverlay() }),
      ['overlayfs', 'degraded', /overlayfs is not there/, /^as root: modprobe overlay$/, 0],
    ],
  ]
  test.each(rows)('%s', async (_, where, expected) => expectNamed(await ground.ask(where()), expected), LONG)
})

describe('the cause is named when this is taken away: ids', () => {
  const RANGE = String.raw`\d+-\d+`
  const [uids, gids] = ['uid', 'gid'].map((kind) => `--add-sub${kind}s ${RANGE}`)
  const of = (options: string) => new RegExp(`^as root: usermod ${options} execd-test$`)
  const both = () => `${ground.hide('/etc/subuid')}; ${ground.hide('/etc/subgid')}`
  const rows: readonly Row[] = [
    [
      'ranges of ids',
      () => ({ before: both() }),
      [
        ...(['id-ranges', 'degraded', /\/etc\/subuid and \/etc\/subgid grant this user nothing/] as const),
        ...([of(`${uids} ${gids}`), 0] as const),
      ],
    ],
    [
      'ranges of group ids',
      () => ({ before: ground.hide('/etc/subgid') }),
      ['id-ranges', 'degraded', /^\/etc\/subgid grant this user nothing/, of(`${gids}`), 0],
    ],
    ...['newuidmap', 'newgidmap'].map(
      (tool): Row => [
        tool,
        () => ({ env: ground.pathWithout([tool]) }),
        [
          ...(['id-ranges', 'degraded', /newuidmap or newgidmap is not installed/] as const),
          ...([/^as root: apt-get install uidmap$/, 0] as const),
        ],
      ],
    ),
  ]
  test.each(rows)('%s', async (_, where, expected) => expectNamed(await ground.ask(where()), expected), LONG)
})
