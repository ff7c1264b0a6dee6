import { chmodSync, chownSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { DEFAULT_MASKED_PATHS, DEFAULT_READONLY_PATHS } from '@execd/core/driver'
import { expect } from '@jest/globals'
import { openableDevice, opens } from './fields/storage-cases.js'
import { driverTestsPooledToo, type Part } from './support/suite.js'

/** Options of the mount at a path, last one wins: "ro,nosuid". */
const optionsOf = (mountinfo: string, path: string): string[] =>
  mountinfo
    .split('\n')
    .filter((line) => line.split(' ')[4] === path)
    .at(-1)
    ?.split(' ')[5]
    ?.split(',') ?? []

driverTestsPooledToo('what a container sees of files', (suite, test) => {
  test('host name, network, ipc and cgroup are its own', async () => {
    expect(await suite.output('hostname', { id: 'named' })).toBe('named')
    expect(
      await suite.output(
        "ls /sys/class/net; cat /proc/net/route | wc -l; ip -o addr | grep -v ' lo ' | wc -l",
      ),
    ).toBe('lo\n1\n0')
    expect(
      await suite.output('cat /proc/sysvipc/* | grep -v key; ls -A /dev/shm /dev/mqueue | grep -v :; true'),
    ).toBe('')
    const groups = await suite.output('cut -d: -f3 /proc/self/cgroup | sort -u; ls /sys/fs/cgroup')
    expect(groups).not.toContain('execd')
    expect(groups.split('\n')[0]).toMatch(/^\/(init)?$/)
  })

  test('masked paths are empty, read-only paths refuse writing, with root inside too', async () => {
    for (const path of DEFAULT_MASKED_PATHS) {
      const text = await suite.output(
        `test -e ${path} || exit 0; if test -d ${path}; then ls -A ${path}; else cat ${path}; fi`,
      )
      expect(`${path}: ${text}`).toBe(`${path}: `)
    }
    const paths = DEFAULT_READONLY_PATHS.join(' ')
    const text = await suite.output(
      `for p in ${paths}; do test -e $p || continue; touch $p/x 2>&1; f=$(find $p -type f 2>/dev/null | head -1); test -z "$f" || (echo >$f) 2>&1 || true; done`,
    )
    expect(text.split('\n').length).toBeGreaterThan(3)
    for (const line of text.split('\n'))
      expect(line).toMatch(
        /Read-only file system|No such file or directory|Not a directory|Permission denied/,
      )
    expect(await suite.sh('echo x >/proc/sys/kernel/hostname')).toMatchObject({ ok: false })
    expect(await suite.sh('echo 1 >/proc/sys/vm/drop_caches')).toMatchObject({ ok: false })
  })

  test('/sys and the cgroups are read-only, /proc is private', async () => {
    const mountinfo = await suite.output('cat /proc/self/mountinfo')
    expect(optionsOf(mountinfo, '/sys')).toEqual(expect.arrayContaining(['ro', 'nosuid', 'nodev', 'noexec']))
    expect(optionsOf(mountinfo, '/proc')).toEqual(expect.arrayContaining(['nosuid', 'nodev', 'noexec']))
    expect(optionsOf(mountinfo, '/dev')).toEqual(expect.arrayContaining(['nosuid']))
    const groups = mountinfo.split('\n').filter((line) => / - cgroup2? /.test(line))
    for (const line of groups) expect(line.split(' ')[5]).toMatch(/^ro,/)
    expect(
      (await suite.sh('mkdir $(ls -d /sys/fs/cgroup/* | head -1)/x; mkdir /sys/fs/cgroup/x')).stderr,
    ).toMatch(/Read-only file system/)
    // nothing of the host's own mounts
    expect(mountinfo).not.toMatch(/ext4 \/dev\/vda .*\/sys/)
    expect(mountinfo.split('\n').length).toBeLessThan(60)
  })

  test('/dev holds what was promised, and the rest is refused by the device group', async () => {
    const names = await suite.output('ls /dev')
    expect(names.split('\n').sort()).toEqual(
      [
        'fd',
        'full',
        'mqueue',
        'null',
        'ptmx',
        'pts',
        'random',
        'shm',
        'stderr',
        'stdin',
        'stdout',
        'tty',
        'urandom',
        'zero',
      ].sort(),
    )
    expect(
      await suite.output(
        'head -c 4 /dev/zero | od -An -tx1; head -c 8 /dev/urandom | wc -c; echo x >/dev/null; (echo >/dev/full) 2>&1; true',
      ),
    ).toMatch(/^ 00 00 00 00\n8\n.*No space left/)
    const refused = await suite.sh(opens(openableDevice()))
    expect(refused.stdout).toBe('')
    expect(refused.stderr).toMatch(/not permitted/)
    const disk = await suite.sh('mknod /data/sda b 8 0; head -c 1 /data/sda; rm /data/sda')
    expect(disk.stderr).toMatch(/not permitted/)
    expect((await suite.sh('mknod /data/mem c 1 1; head -c1 /data/mem; rm /data/mem')).stderr).toMatch(
      /not permitted/,
    )
  })

  test('a read-only bind is read-only all the way down', async () => {
    const source = join(suite.temp, 'tree')
    mkdirSync(join(source, 'below'), { recursive: true })
    const mounts: Part['mounts'] = [
      { type: 'bind', source, destination: '/data/bind', options: ['ro'] },
      { type: 'bind', source: '/dev', destination: '/data/devices', options: ['ro'] },
    ]
    const result = await suite.sh('touch /data/bind/x; touch /data/bind/below/x; cat /proc/self/mountinfo', {
      mounts,
    })
    expect(result.stderr.match(/Read-only file system/g)).toHaveLength(2)
    const below = result.stdout.split('\n').filter((line) => line.split(' ')[4]?.startsWith('/data/devices'))
    expect(below.length).toBeGreaterThan(1)
    for (const line of below) expect(line.split(' ')[5]).toMatch(/^ro,/)
    expect(readdirSync(join(source, 'below'))).toEqual([])
  })

  test('options of mounts: nosuid and nodev unless asked otherwise; a single bind; nothing shared', async () => {
    const source = join(suite.rootfs, 'suid')
    const mounts: Part['mounts'] = [
      { type: 'bind', source, destination: '/data/a' },
      { type: 'bind', source, destination: '/data/b', options: ['suid', 'dev', 'noexec', 'noatime'] },
      { type: 'bind', source: '/sys/fs/cgroup', destination: '/data/one', options: ['bind'] },
      { type: 'tmpfs', destination: '/data/exec', options: ['exec', 'size=2m'] },
    ]
    const mountinfo = await suite.output('cat /proc/self/mountinfo', { mounts })
    expect(optionsOf(mountinfo, '/data/a')).toEqual(expect.arrayContaining(['rw', 'nosuid', 'nodev']))
    expect(optionsOf(mountinfo, '/data/b')).toEqual(['rw', 'noexec', 'noatime'])
    expect(mountinfo.match(/ \/data\/one/g)).toHaveLength(1)
    expect(optionsOf(mountinfo, '/data/exec')).not.toContain('noexec')
    // the caller's mounts are private: nothing of the container is shared with them
    expect(mountinfo).not.toMatch(/shared:/)
  })

  test('the layers below an overlay stay as they were', async () => {
    const before = readFileSync(join(suite.rootfs, 'etc/passwd'), 'utf8')
    const script =
      'echo >/etc/passwd; rm -rf /home; chmod 700 /tmp; mv /etc/group /etc/g2; mkdir /new; ls /etc'
    const result = await suite.sh(script, { rootfs: { type: 'overlay', lower: suite.rootfs } })
    expect(result).toMatchObject({ ok: true, stdout: 'g2\npasswd\n', stderr: '' })
    expect(readFileSync(join(suite.rootfs, 'etc/passwd'), 'utf8')).toBe(before)
    expect(readdirSync(suite.rootfs)).toEqual(expect.arrayContaining(['home', 'etc']))
    expect(readdirSync(suite.rootfs)).not.toContain('new')
    expect(statSync(join(suite.rootfs, 'tmp')).mode & 0o7777).toBe(0o1777)
  })

  test('a kept upper layer holds what one container wrote, and the next one sees it', async () => {
    const [upper, work] = [join(suite.temp, 'upper'), join(suite.temp, 'work')]
    for (const path of [upper, work]) mkdirSync(path)
    const rootfs = { type: 'overlay', lower: suite.rootfs, upper, work } as const
    await suite.output('echo one >/data/kept; rm /etc/group', { rootfs })
    expect(await suite.output('cat /data/kept; ls /etc', { rootfs })).toBe('one\npasswd')
    expect(readdirSync(join(suite.rootfs, 'etc'))).toContain('group')
  })

  test("with the host's files: nothing is written there, secrets are hidden", async () => {
    const secret = join(suite.temp, 'secret')
    writeFileSync(secret, 'x')
    const mark = `execd-mark-${process.pid}`
    const script = `ls -A /root /home /run /tmp /boot /mnt /media | grep -v -e : -e '^$'; for d in /tmp /run /etc /usr /; do touch $d/${mark} 2>/dev/null && echo $d; done; test -e ${secret} && echo seen`
    const root = await suite.sh(script, { rootfs: { type: 'host' }, process: { user: '0' } })
    expect(root.stdout).toBe('/tmp\n/run\n/etc\n/usr\n/\n')
    for (const path of ['/tmp', '/run', '/etc', '/usr', '/']) expect(readdirSync(path)).not.toContain(mark)
    const nobody = await suite.sh(
      `id -u; cat /etc/shadow; touch /etc/${mark}; touch /tmp/fine && echo fine`,
      { rootfs: { type: 'host' } },
    )
    expect(nobody.stdout).toBe('65534\nfine\n')
    expect(nobody.stderr.match(/Permission denied/g)).toHaveLength(2)
    const readonly = await suite.sh('touch /usr/x; touch /etc/x; touch /tmp/fine && echo fine', {
      rootfs: { type: 'host', readonly: true },
      process: { user: '0' },
    })
    expect(readonly.stderr.match(/Read-only file system/g)?.length).toBeGreaterThanOrEqual(2)
  })

  test("the host's null device cannot be changed from inside", async () => {
    const before = statSync('/dev/null')
    const script =
      'for f in /proc/self/fd/0 /proc/self/fd/1 /proc/self/fd/2 /dev/null /dev/stdin /proc/keys; do chmod 640 $f; chown 5 $f; done'
    const fd = {
      stdin: { file: '/dev/null' },
      stdout: { file: '/dev/null' },
      stderr: { file: '/dev/null' },
    } as const
    try {
      for (const stdio of ['ignore', fd] as const) await suite.sh(script, {}, { stdio })
      const after = statSync('/dev/null')
      expect([after.mode, after.uid, after.ctimeMs]).toEqual([before.mode, before.uid, before.ctimeMs])
    } finally {
      // a driver that fails here must not take the device from every user of this host
      if (statSync('/dev/null').ctimeMs !== before.ctimeMs) {
        chownSync('/dev/null', before.uid, before.gid)
        chmodSync('/dev/null', before.mode & 0o7777)
      }
    }
  })
})
