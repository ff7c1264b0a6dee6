import { spawnSync } from 'node:child_process'
import { accessSync, constants, existsSync, readFileSync } from 'node:fs'
import { userInfo } from 'node:os'
import { cgroupFolders } from './cgroup-folders.js'
import { findProgram } from './find-program.js'
import { isStaticElf } from './static-elf.js'
import { findTestUser, hasIdRange } from './test-user.js'

/** Something a test needs from the machine. */
export interface Requirement {
  /** What to do to have it, as an instruction to the reader of a skipped test's title. */
  readonly remedy: string
  /** True when it is there. Runs at most once in a process. */
  check(): boolean
}

const program = (name: string, remedy: string): Requirement => ({
  remedy,
  check: () => findProgram(name) !== undefined,
})

/** Every need that a test can name, with its check and its remedy. */
export const requirements = {
  root: { remedy: 'run as root', check: () => process.geteuid?.() === 0 },
  'test-user': {
    remedy: 'run `npm run setup` as root, it makes the user execd-test',
    check: () => process.geteuid?.() === 0 && findTestUser() !== undefined,
  },
  cgroups: {
    remedy: 'run as root, or in a cgroup that is delegated to this user',
    check: () => cgroupFolders().length > 0 && cgroupFolders().every(isWritable),
  },
  'cgroup-v1': {
    remedy: 'boot with cgroup v1 (systemd.unified_cgroup_hierarchy=0)',
    check: () => existsSync('/sys/fs/cgroup/freezer/cgroup.procs'),
  },
  userns: {
    remedy: 'allow user namespaces to ordinary users (user.max_user_namespaces, AppArmor)',
    // The mount namespace shows whether the new user really has its capabilities: AppArmor may take them away.
    check: () => succeeds('unshare', ['--user', '--map-root-user', '--mount', 'true']),
  },
  uidmap: {
    remedy:
      'install newuidmap and give this user (as root: execd-test) a range in /etc/subuid and /etc/subgid',
    check: hasIdMapping,
  },
  gcc: program('gcc', 'install gcc'),
  make: program('make', 'install make'),
  musl: program('musl-gcc', 'install musl-gcc (Debian: musl-tools)'),
  libseccomp: {
    remedy: 'install the headers of libseccomp (Debian: libseccomp-dev)',
    check: () => existsSync('/usr/include/seccomp.h'),
  },
  busybox: {
    remedy: 'install a static busybox (Debian: busybox-static)',
    check: () => isStaticElf(findProgram('busybox')),
  },
  iproute2: program('ip', 'install ip (iproute2)'),
  perl: program('perl', 'install perl'),
  script: program('script', 'install script (util-linux; Debian: bsdutils)'),
  setpriv: program('setpriv', 'install setpriv (util-linux)'),
  lxc: program('lxc-start', 'install lxc'),
  tmux: program('tmux', 'install tmux'),
  zsh: program('zsh', 'install zsh'),
  fish: program('fish', 'install fish'),
  groff: program('groff', 'install groff'),
  crun: program('crun', 'install crun'),
  runc: program('runc', 'install runc'),
  registry: {
    remedy: 'let npm reach its registry (npm ping), where dependencies by others come from',
    check: () => succeeds('npm', ['ping', '--fetch-retries=0', '--fetch-timeout=5000']),
  },
  bubblewrap: program('bwrap', 'install bubblewrap'),
} satisfies Record<string, Requirement>

/** The name of a requirement. */
export type Need = keyof typeof requirements

const known = new Map<Need, boolean>()

/** Whether the machine has what the need names. */
export function isMet(need: Need): boolean {
  let met = known.get(need)
  if (met === undefined) {
    met = requirements[need].check()
    known.set(need, met)
  }
  return met
}

/** Why a test with these needs cannot run here ('needs root: run as root'), or undefined when it can. */
export function unmetReason(needs: readonly Need[]): string | undefined {
  const unmet = needs.filter((need) => !isMet(need))
  if (unmet.length === 0) return undefined
  // Most other needs cannot be met without root either; one remedy is enough.
  const named = unmet.includes('root') ? (['root'] as const) : unmet
  return named.map((need) => `needs ${need}: ${requirements[need].remedy}`).join('; ')
}

function succeeds(name: string, args: readonly string[]): boolean {
  return spawnSync(name, args, { stdio: 'ignore', timeout: 10_000 }).status === 0
}

function isWritable(path: string): boolean {
  try {
    accessSync(path, constants.W_OK)
    return true
  } catch {
    return false
  }
}

function hasIdMapping(): boolean {
  if (findProgram('newuidmap') === undefined || findProgram('newgidmap') === undefined) return false
  const self = userInfo()
  const user = self.uid === 0 ? findTestUser() : { name: self.username, uid: self.uid }
  if (user === undefined) return false
  return ['/etc/subuid', '/etc/subgid'].every(
    (file) => existsSync(file) && hasIdRange(readFileSync(file, 'utf8'), user),
  )
}
