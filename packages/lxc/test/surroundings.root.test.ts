import { existsSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { requires } from '@execd/test-support'
import { expect } from '@jest/globals'
import { containers } from './support/container.js'

const { describe, test } = requires('root', 'lxc', 'busybox')

describe('the surroundings of a command', () => {
  const { folder, rootfs, run, shell } = containers()

  test('who and how', async () => {
    const result = await shell(
      'id; umask; ulimit -n; pwd; cat /proc/self/oom_score_adj',
      {},
      {
        user: 'bob',
        additionalGroups: ['5'],
        umask: 0o077,
        cwd: '/tmp',
        oomScoreAdj: 300,
        rlimits: [{ type: 'RLIMIT_NOFILE', soft: 77 }],
      },
    )
    expect(result.stdout).toBe(
      'uid=1000(bob) gid=1001(bob) groups=5,50(staff),1001(bob)\n0077\n77\n/tmp\n300\n',
    )
  })

  test('what it may do', async () => {
    const { stdout } = await shell(
      'grep -E "^(Cap|NoNewPrivs|Seccomp:)" /proc/self/status; unshare -U true; echo unshare $?; ls /proc/self/fd',
    )
    expect(stdout).toMatch(
      /CapInh:\t0+\nCapPrm:\t00000000a80425fb\nCapEff:\t00000000a80425fb\nCapBnd:\t00000000a80425fb\nCapAmb:\t0+\nNoNewPrivs:\t1\nSeccomp:\t2\nunshare 1\n0\n1\n2\n3\n$/,
    )
    const user = await shell('grep -E "^Cap(Eff|Prm)" /proc/self/status', {}, { user: '1000' })
    expect(user.stdout).toMatch(/CapPrm:\t0{16}\nCapEff:\t0{16}\n/)
    const all = await shell(
      'mount -t tmpfs x /mnt && echo mounted; grep ^Seccomp: /proc/self/status',
      {},
      { privileged: true },
    )
    expect(all.stdout).toBe('mounted\nSeccomp:\t0\n')
  })

  test('what it sees', async () => {
    const { stdout } = await shell(
      'hostname; cat /proc/sys/kernel/domainname; ls -d /proc/[0-9]*; cat /proc/self/cgroup | cut -d: -f3 | sort -u; head -c 1 /proc/kcore; ls /sys/firmware; touch /proc/sys/kernel/hostname 2>&1; cat /sys/class/net/lo/operstate; ls /sys/class/net',
      { hostname: 'h1', domainname: 'd1' },
    )
    expect(stdout).toMatch(/^h1\nd1\n\/proc\/1\n\/\ntouch: .*Read-only file system\nunknown\nlo\n$/)
  })

  test('kernel parameters of its own namespaces', async () => {
    const { stdout } = await shell('cat /proc/sys/net/ipv4/ip_forward /proc/sys/kernel/shmmax', {
      sysctl: { 'net.ipv4.ip_forward': '1', 'kernel.shmmax': '123456' },
    })
    expect(stdout).toBe('1\n123456\n')
    await expect(shell('true', { sysctl: { 'net.no.such': '1' } })).rejects.toMatchObject({
      code: 'EXECD_SYSCTL',
      details: { path: 'sysctl.net.no.such' },
    })
  })

  test('a read-only root with mounts of all kinds', async () => {
    const source = join(folder.path, 'a b#c')
    mkdirSync(source)
    writeFileSync(join(source, 'file'), 'text')
    const result = await shell(
      'touch /x; touch /data/x; cat "/data/file" "/in to/one"; touch /tmp/x && echo ok; touch /rw/made',
      {
        rootfs: { type: 'directory', path: rootfs, readonly: true },
        mounts: [
          { type: 'bind', source, destination: '/data', options: ['ro'] },
          { type: 'bind', source: join(source, 'file'), destination: '/in to/one', options: ['ro'] },
          { type: 'bind', source, destination: '/rw' },
          { type: 'tmpfs', destination: '/tmp', options: ['size=1m'] },
        ],
      },
    )
    expect(result.stdout).toBe('texttextok\n')
    expect(String(result.stderr).match(/Read-only file system/g)).toHaveLength(2)
    expect(existsSync(join(source, 'made'))).toBe(true)
  })

  test('no destination leads out of the root', async () => {
    const trap = join(folder.path, 'trap')
    mkdirSync(trap)
    symlinkSync(trap, join(rootfs, 'evil'))
    await expect(
      shell('true', { mounts: [{ type: 'tmpfs', destination: '/evil/x' }] }),
    ).rejects.toMatchObject({ code: 'EXECD_MOUNT' })
    await expect(
      shell('true', {
        rootfs: { type: 'overlay', lower: rootfs },
        mounts: [{ type: 'tmpfs', destination: '/evil/x' }],
      }),
    ).rejects.toMatchObject({ code: 'EXECD_MOUNT' })
    await expect(run(['true'], {}, { cwd: '/proc/self/fd/3' })).rejects.toMatchObject({
      code: 'EXECD_WORKING_DIRECTORY',
    })
    expect(readdirSync(trap)).toEqual([])
  })

  test('an overlay: thrown away, or kept', async () => {
    const [upper, work] = ['upper', 'work'].map((name) => join(folder.path, name)) as [string, string]
    for (const path of [upper, work]) mkdirSync(path)
    const thrown = await shell(
      'echo new >/new; ls /new; dd if=/dev/zero of=/big bs=1M count=4 2>&1 | grep -c "No space"',
      { rootfs: { type: 'overlay', lower: rootfs, size: '2MiB' } },
    )
    expect(thrown.stdout).toBe('/new\n1\n')
    expect(
      (await shell('echo kept >/kept', { rootfs: { type: 'overlay', lower: rootfs, upper, work } })).exitCode,
    ).toBe(0)
    expect([
      existsSync(join(rootfs, 'new')),
      existsSync(join(rootfs, 'kept')),
      readFileSync(join(upper, 'kept'), 'utf8'),
    ]).toEqual([false, false, 'kept\n'])
  })

  test('devices', async () => {
    const result = await shell(
      'head -c 2 /dev/my/zero | od -An -c; stat -c "%a %t:%T" /dev/my/zero; mknod /tmp/blk b 8 0; head -c 1 /tmp/blk; rm /tmp/blk',
      {
        devices: { created: [{ path: '/dev/my/zero', type: 'c', major: 1, minor: 5, fileMode: 0o600 }] },
      },
    )
    expect(result.stdout).toBe('  \\0  \\0\n600 1:5\n')
    expect(result.stderr).toMatch(/Operation not permitted/)
  })

  test('a user namespace', async () => {
    const maps = [{ containerID: 0, hostID: 100000, size: 65536 }]
    const result = await shell('cat /proc/self/uid_map; id -u; echo x >/dev/stdout', {
      namespaces: { uidMappings: maps, gidMappings: maps },
    })
    expect(String(result.stdout).replace(/ +/g, ' ')).toBe(' 0 100000 65536\n0\nx\n')
  })

  test('memory: the limit holds, and its end is told apart', async () => {
    const resources = { memory: { limit: '16MiB' } }
    expect(await shell('a=x; while :; do a=$a$a; done', { resources })).toMatchObject({
      reason: 'oom',
      signal: 'SIGKILL',
      oom: { kills: 1, init: true },
    })
    expect(await shell('sh -c "a=x; while :; do a=\\$a\\$a; done"; exit 3', { resources })).toMatchObject({
      oom: { kills: 1, init: false },
      exitCode: 3,
    })
  })
})
