import { spawnSync } from 'node:child_process'
import { closeSync, openSync, readdirSync, readFileSync, readlinkSync } from 'node:fs'
import { join } from 'node:path'
import { CAPABILITIES, DEFAULT_CAPABILITIES } from '@execd/core/driver'
import { expect } from '@jest/globals'
import { runNode } from './support/node.js'
import { driverTestsPooledToo } from './support/suite.js'

const mask = (names: readonly string[]): string =>
  names
    .reduce(
      (bits, name) => bits | (1n << BigInt(CAPABILITIES.indexOf(name as (typeof CAPABILITIES)[number]))),
      0n,
    )
    .toString(16)
    .padStart(16, '0')

const NONE = '0'.repeat(16)
const DEFAULT = mask(DEFAULT_CAPABILITIES)

const field = (status: string, name: string): string =>
  new RegExp(`^${name}:\\t(.*)$`, 'm').exec(status)?.[1] ?? ''
const caps = (status: string): Record<string, string> =>
  Object.fromEntries(['Inh', 'Prm', 'Eff', 'Bnd', 'Amb'].map((name) => [name, field(status, `Cap${name}`)]))

driverTestsPooledToo('what a process is and may', (suite, test) => {
  const status = (part: Parameters<typeof suite.output>[1] = {}) =>
    suite.output('cat /proc/self/status', part)

  test('descriptors 0, 1 and 2, and no others', async () => {
    const held = [openSync('/etc/passwd', 'r'), openSync(join(suite.temp, 'held'), 'w')]
    try {
      // the glob opens the folder itself as 3
      expect(await suite.output('echo /proc/self/fd/*')).toBe(
        ['0', '1', '2', '3'].map((fd) => `/proc/self/fd/${fd}`).join(' '),
      )
      const container = await suite.idle()
      expect(readdirSync(`/proc/${container.pid}/fd`)).toEqual(['0', '1', '2'])
    } finally {
      for (const fd of held) closeSync(fd)
    }
  })

  test('descriptors that the parent leaked without close-on-exec stay outside', async () => {
    const leak = [
      'sh',
      '-c',
      'for n in 3 4 5 20 21 64 100 200 999; do eval "exec $n</etc/passwd"; done; exec "$0" "$@"',
    ]
    const answer = await runNode('inside-main.js', [suite.rootfs, suite.parent, 'descriptors'], {
      before: ['bash', ...leak.slice(1)],
    })
    expect(answer).toMatchObject({ own: expect.arrayContaining(['20', '999']), inside: ['0', '1', '2', '3'] })
  })

  test('the environment is what was asked for, and a PATH and a HOME', async () => {
    process.env.EXECD_TEST_SECRET = 'of the caller'
    try {
      const { stdout } = await suite.runtime.run(
        suite.command(['env'], { process: { env: { B: '2', A: '1' } } }),
      )
      const PATH = 'PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin'
      expect(stdout.trim().split('\n').sort()).toEqual(['A=1', 'B=2', 'HOME=/root', PATH])
    } finally {
      delete process.env.EXECD_TEST_SECRET
    }
  })

  test('capabilities are exact, for root and for a user', async () => {
    expect(caps(await status())).toEqual({ Inh: NONE, Prm: DEFAULT, Eff: DEFAULT, Bnd: DEFAULT, Amb: NONE })
    expect(caps(await status({ process: { user: 'ann' } }))).toEqual({
      Inh: NONE,
      Prm: NONE,
      Eff: NONE,
      Bnd: DEFAULT,
      Amb: NONE,
    })
    const one = mask(['CAP_KILL'])
    const part = { user: '77', capabilities: { drop: ['ALL'], add: ['KILL'], ambient: ['KILL'] } }
    expect(caps(await status({ process: part }))).toEqual({
      Inh: one,
      Prm: one,
      Eff: one,
      Bnd: one,
      Amb: one,
    })
    expect(caps(await status({ process: { capabilities: { drop: ['ALL'] } } }))).toEqual({
      Inh: NONE,
      Prm: NONE,
      Eff: NONE,
      Bnd: NONE,
      Amb: NONE,
    })
  })

  test('no new privileges and a filter; a set-user-ID program gives nothing', async () => {
    const text = await status({ process: { user: 'ann' } })
    expect([field(text, 'NoNewPrivs'), field(text, 'Seccomp'), field(text, 'Seccomp_filters')]).toEqual([
      '1',
      '2',
      '1',
    ])
    const refused = await suite.sh("/suid/su root -c 'id -u'", { process: { user: 'ann' } })
    expect(refused.stderr).toMatch(/must be suid/)
    const allowed = await suite.sh("/suid/su root -c 'id -u; grep CapEff /proc/self/status'", {
      process: { user: 'ann', noNewPrivileges: false },
    })
    expect(allowed.stdout).toBe(`0\nCapEff:\t${DEFAULT}\n`)
  })

  test('what the filter is for: no new user namespaces, keys, modules, clock, mounts, tracing of others', async () => {
    const refused = [
      'unshare -U true',
      'unshare -m true',
      'insmod /etc/passwd',
      'date -s 2030-01-01',
      'mount -t tmpfs x /tmp',
      'swapoff /x',
      'pivot_root / /tmp',
    ]
    for (const command of refused) {
      const result = await suite.sh(command)
      expect(`${command}: ${result.stderr}`).toMatch(/not permitted|denied/i)
    }
  })

  test('the filter holds for capabilities that are added: no way around it by CAP_SYS_ADMIN alone', async () => {
    const added = { process: { capabilities: { add: ['SYS_ADMIN'] } } }
    // clone flags are allowed then, module calls are not
    expect(await suite.output('unshare -m true && echo made', added)).toBe('made')
    expect((await suite.sh('insmod /etc/passwd', added)).stderr).toMatch(/not permitted/)
  })

  test('the init is filtered too, and hides what it holds', async () => {
    const text = await suite.output(
      'grep -E "^(Seccomp|NoNewPrivs):" /proc/1/status | cut -f2; readlink /proc/1/exe || echo hidden',
      { init: true },
    )
    expect(text).toBe('1\n2\nhidden')
  })

  test('a session and a process group of its own', async () => {
    const text = await suite.output('cut -d" " -f1,4,5,6 /proc/self/stat; cut -d" " -f1,5,6 /proc/1/stat')
    expect(text).toMatch(/^\d+ [01] 1 1\n1 1 1$/)
  })

  test('a user namespace of its own needs no ids from anybody', async () => {
    const text = await suite.output('id -u; cat /proc/self/uid_map; touch /tmp/mine; stat -c %u /tmp/mine', {
      namespaces: { user: 'private' },
      mounts: [{ type: 'tmpfs', destination: '/tmp', options: ['mode=1777'] }],
    })
    const [, inside, outside, count] = /^0\n\s*(\d+)\s+(\d+)\s+(\d+)\n/.exec(text) ?? []
    expect([inside, Number(outside) > 0, Number(count) >= 65_536]).toEqual(['0', true, true])
    expect(text).toMatch(/\n0$/)
  })

  test('a session keyring of its own', async () => {
    // made by a user that nobody else is, it is seen by that user from outside
    const id = 7_654_321
    const map = [{ containerID: 0, hostID: id, size: 1 }]
    const keyrings = () => {
      const { stdout } = spawnSync(
        'setpriv',
        [`--reuid=${id}`, `--regid=${id}`, '--clear-groups', 'cat', '/proc/keys'],
        { encoding: 'utf8' },
      )
      return stdout.split('\n').filter((line) => line.includes(' _ses') && line.includes(` ${id} `))
    }
    expect(keyrings()).toEqual([])
    await suite.idle({ namespaces: { user: 'private', uidMappings: map, gidMappings: map } })
    expect(keyrings()).toHaveLength(1)
  })

  test('umask, limits, oom_score_adj and nice are known values, not those of the caller', async () => {
    const umask = process.umask(0o077)
    try {
      expect(await suite.output('umask')).toBe('0022')
    } finally {
      process.umask(umask)
    }
    expect(await suite.output('cat /proc/self/oom_score_adj')).toBe(
      readFileSync('/proc/self/oom_score_adj', 'utf8').trim(),
    )
    expect(
      await suite.output('ulimit -c', { process: { rlimits: [{ type: 'RLIMIT_CORE', soft: 0 }] } }),
    ).toBe('0')
  })

  test('signals: none blocked, none ignored', async () => {
    const { stdout: text } = await suite.runtime.run(suite.command(['cat', '/proc/self/status']))
    for (const name of ['SigBlk', 'SigIgn', 'SigPnd', 'ShdPnd'])
      expect(`${name} ${field(text, name)}`).toBe(`${name} ${NONE}`)
  })

  test('supplementary groups are never those of the caller', async () => {
    const answer = await runNode('inside-main.js', [suite.rootfs, suite.parent, 'groups'], {
      groups: [4242, 4243],
    })
    expect(answer).toMatchObject({
      own: expect.arrayContaining([4242, 4243]),
      inside: expect.not.arrayContaining(['4242']),
    })
    expect(await suite.output('grep ^Groups /proc/self/status', { process: { user: '4321:4321' } })).toMatch(
      /^Groups:\t(4321)? ?$/,
    )
  })

  test('digits are a number, never a name', async () => {
    // the file has a user called 4242 whose id is 1234
    expect(await suite.output('id -u; id -g', { process: { user: '4242' } })).toBe('4242\n4242')
  })

  test("processes of the host, and of the init's monitor, are not in sight", async () => {
    expect(await suite.output('ls /proc | grep -c "^[0-9]"; echo')).toMatch(/^[2-4]\n/)
    expect(await suite.output('kill -0 2 2>/dev/null || echo none; readlink /proc/1/exe')).toBe(
      'none\n/bin/busybox',
    )
    expect(readlinkSync(`/proc/self/exe`)).not.toBe('/bin/busybox')
  })

  test('a process of another container can be neither seen nor signalled, also in shared ipc', async () => {
    const other = await suite.idle()
    const text = await suite.output(`kill -9 ${other.pid} 2>&1; ls /proc/${other.pid} 2>&1 | tail -1`, {
      namespaces: { ipc: { container: other.id } },
    })
    expect(text).toMatch(/No such process/)
    expect(other.status).toBe('running')
  })
})
