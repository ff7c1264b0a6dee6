import { requires } from '@execd/test-support'
import { afterAll, beforeAll, describe } from '@jest/globals'
import { DoctorGround, type Expected, expectNamed, type Where } from '../support/doctor.js'

const { test } = requires('root', 'test-user', 'userns', 'setpriv', 'uidmap', 'lxc', 'crun')
const LONG = 60_000

let ground: DoctorGround
beforeAll(() => {
  ground = new DoctorGround()
}, LONG)
afterAll(() => ground?.leave())

type Row = readonly [what: string, where: () => Where, expected: Expected]

const lxc = (...missing: string[]): Where => ({ as: 'root', driver: 'lxc', env: ground.pathWithout(missing) })
const oci = (env: string): Where => ({ as: 'root', driver: 'oci', env })
/** The folders of administrators are searched too: what is there is hidden. */
const HIDDEN = 'for d in /usr/sbin /sbin /usr/local/sbin; do mount -t tmpfs none $d || :; done'

const LXC: readonly Row[] = [
  ...['lxc-start', 'lxc-stop', 'mkfifo'].map(
    (tool): Row => [
      tool,
      () => lxc(tool),
      [`tool-${tool}`, 'missing', new RegExp(`^${tool} is not installed`), /install/, 1],
    ],
  ),
  ...['lxc-attach', 'lxc-freeze', 'lxc-unfreeze'].map(
    (tool): Row => [
      tool,
      () => lxc(tool),
      [`tool-${tool}`, 'missing', new RegExp(`^${tool} is not installed`), /apt-get install lxc/, 0],
    ],
  ),
  [
    'cgroups of the own, for an ordinary user',
    () => ({ driver: 'lxc' }),
    ['delegated-cgroups', 'missing', /group/, /^(as root, .*chown -R execd-test|run as root, or)/, 1],
  ],
  [
    'ranges of ids, for an ordinary user',
    () => ({ driver: 'lxc', before: ground.hide('/etc/subgid') }),
    ['id-ranges', 'missing', /\/etc\/subgid grants this user no ids/, /usermod .* execd-test/, 1],
  ],
  [
    'newuidmap, for an ordinary user',
    () => ({ driver: 'lxc', env: ground.pathWithout(['newuidmap']) }),
    ['id-ranges', 'missing', /newuidmap and newgidmap, .* not installed/, /apt-get install uidmap/, 1],
  ],
]

const OCI: readonly Row[] = [
  [
    'every runtime',
    () => ({ ...oci(ground.pathWithout(['crun', 'runc'])), before: HIDDEN }),
    ['runtime', 'missing', /no OCI runtime is installed/, /install/, 1],
  ],
  [
    'a runtime that is new enough',
    () => ({
      ...oci(ground.pathWithout(['crun', 'runc'], { crun: 'echo crun version 0.10' })),
      before: HIDDEN,
    }),
    ['runtime', 'missing', /crun .*is too old/, /upgrade it/, 1],
  ],
  [
    'the keeper',
    () => oci('EXECD_KEEPER_PATH=/no/such/keeper'),
    ['keeper', 'missing', /the keeper is not there .*\/no\/such\/keeper/, /EXECD_KEEPER_PATH/, 1],
  ],
  [
    'root',
    () => ({ driver: 'oci' }),
    ['root', 'missing', /not root/, /^run as root, or use the native driver/, 1],
  ],
]

const NATIVE: readonly Row[] = [
  [
    'the init helper',
    () => ({ env: 'EXECD_INIT_PATH=/no/such/helper' }),
    ['init-helper', 'missing', /the init helper is not installed/, /./, 1],
  ],
  [
    'a state folder of its own',
    () => ({ options: { stateDir: ground.newFolder('state') } }),
    ['state-folder', 'degraded', /no detached containers/, /./, 0],
  ],
  ['the driver', () => ({ driver: 'absent' }), ['driver', 'missing', /absent/, /npm install/, 1]],
]

describe.each([
  ['native', NATIVE],
  ['lxc', LXC],
  ['oci', OCI],
] as const)('%s: the cause is named when this is taken away', (_, rows) => {
  test.each(rows)(
    '%s',
    async (_name, where, expected) => expectNamed(await ground.ask(where()), expected),
    LONG,
  )
})
