import { execFile } from 'node:child_process'
import { chmodSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { findProgram, findTestUser, requires, type TestUser } from '@execd/test-support'
import { afterAll, beforeAll, describe, expect } from '@jest/globals'
import { installExecd } from '../support/copy.js'

const { test } = requires('root', 'test-user', 'userns', 'setpriv')
const LONG = 60_000

/** The programs that a driver runs, but for those that are taken away. */
const TOOLS = [
  'sh',
  'unshare',
  'mount',
  'newuidmap',
  'newgidmap',
  'true',
  'setpriv',
  'env',
  'cat',
  'uname',
  'mkfifo',
].concat(['lxc-start', 'lxc-stop', 'lxc-attach', 'lxc-freeze', 'lxc-unfreeze'])

let folder: string
let user: TestUser
let program: string
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'execd-doctor-'))
  chmodSync(folder, 0o755)
  user = findTestUser() as TestUser
  program = installExecd(folder, user, ['native', 'lxc'])
  writeFileSync(join(folder, 'empty'), '')
}, LONG)
afterAll(() => rmSync(folder, { recursive: true, force: true }))

interface Check {
  readonly name: string
  readonly status: string
  readonly reason: string
  readonly hint?: string
}

interface Report {
  readonly status: number
  readonly checks: readonly Check[]
}

interface Where {
  /** Root's shell lines that take something away, in namespaces of their own. */
  readonly before?: string
  /** Words before `execd`. */
  readonly wrap?: string
  readonly as?: 'root' | 'user'
  readonly driver?: string
  readonly env?: string
}

/** What doctor says in a private mount namespace in which something was taken away. */
async function doctor({
  before = ':',
  wrap = '',
  as = 'user',
  driver = 'native',
  env = '',
}: Where): Promise<Report> {
  const { uid, gid, home } = user
  const become =
    as === 'user' ? `setpriv --reuid ${uid} --regid ${gid} --init-groups env HOME=${home}` : 'env'
  const script = `set -e\n${before}\nexec ${wrap} ${become} ${env} '${program}' doctor --json --driver ${driver}`
  return new Promise((resolve, reject) => {
    execFile('unshare', ['--mount', 'sh', '-c', script], (error, stdout, stderr) => {
      try {
        const [finding] = JSON.parse(stdout) as [{ checks: Check[] }]
        resolve({ status: error === null ? 0 : Number(error.code), checks: finding.checks })
      } catch {
        reject(new Error(`no report: ${stdout}${stderr}`))
      }
    })
  })
}

/** A PATH that has every tool but some. */
function pathWithout(...missing: string[]): string {
  const bin = mkdtempSync(join(folder, 'bin-'))
  chmodSync(bin, 0o755)
  for (const name of TOOLS.filter((tool) => !missing.includes(tool))) {
    const found = findProgram(name)
    if (found !== undefined) symlinkSync(found, join(bin, name))
  }
  return `PATH=${bin}`
}

const hide = (path: string): string => `mount --bind '${folder}/empty' ${path}`
/** Root of a user namespace of its own, whose limits can be set, without rights: as an ordinary user. */
const LIMITED =
  'unshare --user --map-root-user sh -c \'echo 0 >/proc/sys/user/max_user_namespaces; exec setpriv --bounding-set=-all "$@"\' x'

describe('with nothing taken away', () => {
  test.each<['user' | 'root']>([['user'], ['root']])(
    'all is well for %s',
    async (as) => {
      const { status, checks } = await doctor({ as })
      expect(checks.filter((check) => check.name === 'container' && check.status !== 'ok')).toEqual([])
      expect(status).toBe(0)
    },
    LONG,
  )
})

describe('the cause is named when this is taken away', () => {
  /** name of the check, its status, words of the reason and of the remedy, exit status */
  type Expected = readonly [name: string, status: string, reason: RegExp, hint: RegExp, exit: number]
  const rows: ReadonlyArray<readonly [string, () => Where, Expected]> = [
    [
      'user namespaces, by their limit',
      () => ({ as: 'root', wrap: LIMITED }),
      [
        'user-namespaces',
        'missing',
        /user\.max_user_namespaces is 0/,
        /sysctl -w user\.max_user_namespaces/,
        1,
      ],
    ],
    [
      'a /proc that is whole',
      () => ({ before: hide('/proc/version') }),
      ['procfs', 'missing', /covered: \/proc\/version/, /./, 1],
    ],
    [
      'seccomp',
      () => ({ before: hide('/proc/sys/kernel/seccomp/actions_avail') }),
      ['seccomp', 'missing', /no seccomp filters/, /CONFIG_SECCOMP_FILTER/, 1],
    ],
    [
      'a kernel that is new enough',
      () => ({ wrap: 'setarch --uname-2.6' }),
      ['kernel', 'missing', /Linux 2\.6/, /5\.12/, 1],
    ],
    [
      'the init helper',
      () => ({ env: 'EXECD_INIT_PATH=/no/such/helper' }),
      ['init-helper', 'missing', /the init helper is not installed/, /./, 1],
    ],
    [
      'ranges of ids',
      () => ({ before: `${hide('/etc/subuid')}; ${hide('/etc/subgid')}` }),
      [
        'id-ranges',
        'degraded',
        /\/etc\/subuid or \/etc\/subgid grant this user nothing/,
        /usermod --add-subuids/,
        0,
      ],
    ],
    [
      'newuidmap',
      () => ({ env: pathWithout('newuidmap') }),
      ['id-ranges', 'degraded', /newuidmap and newgidmap are not installed/, /apt-get install uidmap/, 0],
    ],
    [
      'unshare(1)',
      () => ({ env: pathWithout('unshare') }),
      ['user-namespaces', 'degraded', /could not be tried/, /util-linux/, 0],
    ],
    [
      'cgroups, for root',
      () => ({ as: 'root', before: 'mount -t tmpfs none /sys/fs/cgroup' }),
      ['cgroup', 'missing', /cgroup/, /./, 0],
    ],
    [
      "LXC's tools",
      () => ({ as: 'root', driver: 'lxc', env: pathWithout('lxc-start') }),
      ['tool-lxc-start', 'missing', /lxc-start/, /./, 1],
    ],
    [
      'cgroups of the own, for LXC',
      () => ({ driver: 'lxc' }),
      ['delegated-cgroups', 'missing', /group/, /as root/, 1],
    ],
  ]
  test.each(rows)(
    '%s',
    async (_, where, [name, status, reason, hint, exit]) => {
      const report = await doctor(where())
      expect(report.checks.find((check) => check.name === name)).toMatchObject({
        status,
        reason: expect.stringMatching(reason),
        hint: expect.stringMatching(hint),
      })
      expect(report.status).toBe(exit)
    },
    LONG,
  )
})

test(
  'inside a container with the default filter and covered paths, as in Docker',
  async () => {
    const { uid, gid } = user
    const outer = ['run', '--driver', 'native', '-u', `${uid}:${gid}`, '-v', `${folder}:${folder}:ro`]
    const inner = [program, 'doctor', '--json', '--driver', 'native']
    const report = await new Promise<string>((resolve) => {
      execFile(program, [...outer, ...inner], (_error, stdout, stderr) => resolve(stdout || stderr))
    })
    const [{ checks }] = JSON.parse(report) as [{ checks: Check[] }]
    expect(checks.find(({ name }) => name === 'nesting')?.reason).toMatch(/under a system call filter/)
    expect(checks.find(({ name }) => name === 'user-namespaces')).toMatchObject({
      status: 'missing',
      reason: expect.stringMatching(
        /^the system call filter that this process is under forbids user namespaces/,
      ),
    })
  },
  LONG,
)
