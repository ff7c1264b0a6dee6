import { existsSync } from 'node:fs'
import { requires } from '@execd/test-support'
import { afterAll, beforeAll, describe } from '@jest/globals'
import { DoctorGround, type Expected, expectNamed, type Where } from '../support/doctor.js'

const { test } = requires('root', 'test-user', 'userns', 'setpriv')
const LONG = 60_000
const V2 = existsSync('/sys/fs/cgroup/cgroup.controllers')

let ground: DoctorGround
beforeAll(() => {
  ground = new DoctorGround()
}, LONG)
afterAll(() => ground?.leave())

const NONE = 'mount -t tmpfs none /sys/fs/cgroup'
const READONLY = `awk '$3 ~ /^cgroup2?$/ { print $2 }' /proc/mounts | while read m; do mount -o remount,bind,ro $m; done`
/** The v2 hierarchy alone is mounted; here its controllers are on v1. */
const ONLY_V2 = `${NONE}; mount -t cgroup2 none /sys/fs/cgroup`

type Row = readonly [what: string, where: Where, expected: Expected]

const ANYWHERE: readonly Row[] = [
  ...['native', 'oci'].map(
    (driver): Row => [
      `cgroups, for ${driver}`,
      { as: 'root', driver, before: NONE },
      ['cgroup', 'missing', /no cgroup file system is mounted/, /^mount -t cgroup2 cgroup2 \/sys/, 0],
    ],
  ),
  [
    'cgroups, for lxc',
    { as: 'root', driver: 'lxc', before: NONE },
    ['cgroups', 'missing', /cgroups are not mounted/, /^as root: mount -t cgroup2 cgroup2 \/sys/, 1],
  ],
  [
    'cgroups that can be written',
    { as: 'root', before: READONLY },
    ['cgroup', 'missing', /\/sys\/fs\/cgroup.* is mounted read-only/, /docker run --privileged/, 0],
  ],
]

const ON_V1: readonly Row[] = [
  [
    'the memory controller',
    { as: 'root', before: 'umount /sys/fs/cgroup/memory' },
    [
      ...([
        'cgroup-memory',
        'missing',
        /^the memory controller is on a cgroup v1 hierarchy that is not mounted/,
      ] as const),
      ...([/mount -t cgroup -o memory cgroup \/sys\/fs\/cgroup\/memory/, 0] as const),
    ],
  ],
  [
    'controllers of v2',
    { as: 'root', before: ONLY_V2 },
    [
      'cgroup-pids',
      'missing',
      /on a cgroup v1 hierarchy that is not mounted: no limit on processes/,
      /mount -t cgroup -o pids/,
      0,
    ],
  ],
  [
    'root, on cgroup v1',
    {},
    ['cgroup', 'missing', /the v1 cgroup hierarchy .* is not writable for this user/, /^run it as root$/, 0],
  ],
  [
    'a delegated group',
    { before: ONLY_V2 },
    [
      'cgroup',
      'missing',
      /neither the cgroup of this process .* is delegated to this user/,
      /systemd-run --user --scope -p Delegate=yes/,
      0,
    ],
  ],
]

const ON_V2: readonly Row[] = [
  [
    'a delegated group',
    {},
    [
      'cgroup',
      'missing',
      /neither the cgroup of this process .* is delegated to this user/,
      /systemd-run --user --scope -p Delegate=yes/,
      0,
    ],
  ],
]

describe('the cause is named when this is taken away', () => {
  test.each([...ANYWHERE, ...(V2 ? ON_V2 : ON_V1)])(
    '%s',
    async (_, where, expected) => expectNamed(await ground.ask(where), expected),
    LONG,
  )
})
