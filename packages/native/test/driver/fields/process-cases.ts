import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { expect } from '@jest/globals'
import { readOrNull } from '../support/host-state.js'
import { textOf } from '../support/streams.js'
import { type FieldCases, shows, whileRunning } from './field-case.js'

const PROFILE = 'execd-test'

/** A profile that allows all but one file, put into the kernel or taken away. */
function loadProfile(verb: '--replace' | '--remove'): void {
  const flags = 'flags=(attach_disconnected)'
  const rules = 'file, capability, network, signal, unix, deny /etc/passwd rwklx,'
  const input = `profile ${PROFILE} ${flags} { ${rules} }\n`
  const { status, stderr, error } = spawnSync('apparmor_parser', [verb], { input, encoding: 'utf8' })
  if (status !== 0) throw new Error(`apparmor_parser ${verb}: ${error?.message ?? stderr}`)
}

const hasAppArmor = (): boolean => readOrNull('/sys/module/apparmor/parameters/enabled')?.trim() === 'Y'

const status = (name: string): string => `grep ^${name}: /proc/self/status | tr -d '\\t'`

function ownCapabilities(): string {
  return /^CapEff:\t.*$/m.exec(readFileSync('/proc/self/status', 'utf8'))?.[0].replace('\t', '') ?? ''
}

/** Every field of `process`, and `init`. */
export const processCases: FieldCases = {
  'process.args': {
    command: (suite) => suite.command(['printf', '[%s]', 'a b', '', '$HOME', '-x', 'ü\n']),
    done: ({ stdout }) => expect(stdout).toBe('[a b][][$HOME][-x][ü\n]'),
  },
  'process.env': {
    command: (suite) =>
      suite.command(['env'], { process: { env: { PATH: '/bin', HOME: '/h', EMPTY: '', A: 'b=c d' } } }),
    done: ({ stdout }) =>
      expect(stdout.trim().split('\n').sort()).toEqual(['A=b=c d', 'EMPTY=', 'HOME=/h', 'PATH=/bin']),
  },
  'process.cwd': shows(
    'pwd; readlink /proc/self/cwd',
    { process: { cwd: '/home/ann' } },
    '/home/ann\n/home/ann',
  ),
  'process.user': shows(
    'id; echo ~; stat -L -c %u /proc/self/fd/1',
    { process: { user: 'ann' } },
    'uid=1000(ann) gid=2000(ann) groups=2000(ann),3000(staff)\n/home/ann\n1000',
  ),
  'process.additionalGroups': shows(
    'id -G',
    { process: { user: '1500:1600', additionalGroups: ['other', '77'] } },
    /^1600 (77 3001|3001 77)$/,
  ),
  'process.umask': shows(
    'umask; touch /tmp/u; stat -c %a /tmp/u',
    { process: { umask: 0o027 } },
    '0027\n640',
  ),
  'process.terminal': shows(
    'tty; test -t 0 && test -t 1 && test -t 2 && echo all; ls -l /dev/console | cut -c1; echo $TERM',
    { process: { terminal: true } },
    '/dev/pts/0\r\nall\r\nc\r\nxterm',
  ),
  'process.consoleSize': shows(
    'stty size',
    { process: { terminal: true, consoleSize: { height: 33, width: 99 } } },
    '33 99',
  ),
  'process.rlimits': shows(
    'ulimit -n; ulimit -Hn; ulimit -c; grep "Max msgqueue" /proc/self/limits | tr -s " "',
    {
      process: {
        rlimits: [
          { type: 'RLIMIT_NOFILE', soft: 33, hard: 44 },
          { type: 'RLIMIT_CORE', soft: 0, hard: 'unlimited' },
          { type: 'RLIMIT_MSGQUEUE', soft: 1000 },
        ],
      },
    },
    '33\n44\n0\nMax msgqueue size 1000 1000 bytes',
  ),
  'process.noNewPrivileges': shows(
    `${status('NoNewPrivs')}; /suid/su root -c 'id -u'`,
    { process: { noNewPrivileges: true, user: 'ann' } },
    /^NoNewPrivs:1\nsu: must be suid/,
  ),
  'process.capabilities.add': shows(
    `${status('CapEff')}; ${status('CapBnd')}; mount -t tmpfs x /data && grep -c ' /data ' /proc/self/mountinfo`,
    { process: { capabilities: { add: ['SYS_ADMIN'] } } },
    'CapEff:00000000a82425fb\nCapBnd:00000000a82425fb\n1',
  ),
  'process.capabilities.drop': shows(
    `${status('CapEff')}; ${status('CapBnd')}; chown 5 /data`,
    { process: { capabilities: { drop: ['ALL'], add: [] } } },
    /^CapEff:0{16}\nCapBnd:0{16}\nchown: .*not permitted$/,
  ),
  'process.capabilities.ambient': shows(
    `${status('CapEff')}; ${status('CapAmb')}; chown 5 /data && stat -c %u /data; chown 0 /data`,
    { process: { user: 'ann', capabilities: { ambient: ['CHOWN'] } } },
    'CapEff:0000000000000001\nCapAmb:0000000000000001\n5',
  ),
  // all that this process itself has
  'process.privileged': shows(
    `${status('CapEff')}; ${status('Seccomp')}; ${status('NoNewPrivs')}; touch /proc/sys/kernel/hostname && echo writable; grep -c ' /proc/' /proc/self/mountinfo`,
    { process: { privileged: true } },
    `${ownCapabilities()}\nSeccomp:0\nNoNewPrivs:0\nwritable\n0`,
  ),
  'process.oomScoreAdj': shows('cat /proc/self/oom_score_adj', { process: { oomScoreAdj: 321 } }, '321'),
  'process.apparmorProfile': {
    ...whileRunning(
      () => {
        if (hasAppArmor()) loadProfile('--replace')
        return { process: { apparmorProfile: PROFILE } }
      },
      async (container) => {
        const confined = (pid: number) => readFileSync(`/proc/${pid}/attr/current`, 'utf8').trim()
        expect(confined(container.pid)).toBe(`${PROFILE} (enforce)`)
        const args = ['cat', '/etc/group', '/etc/passwd']
        const execution = await container.exec({ args, apparmorProfile: PROFILE })
        expect(await textOf(execution.stderr)).toBe("cat: can't open '/etc/passwd': Permission denied\n")
        expect(await execution.wait()).toMatchObject({ exitCode: 1 })
      },
    ),
    after: () => loadProfile('--remove'),
  },
  'process.selinuxLabel': shows(
    'cat /proc/self/attr/current',
    { process: { selinuxLabel: 'system_u:system_r:container_t:s0' } },
    /container_t/,
  ),
  init: whileRunning({ init: true }, (container) => {
    // process 1 of the container is the helper; the command is its child
    const status = readFileSync(`/proc/${container.pid}/status`, 'utf8')
    expect(status).toMatch(/^NSpid:\t\d+\t1$/m)
    expect(status).toMatch(/^Name:\texecd-init$/m)
  }),
}
