import { describe, expect, test } from '@jest/globals'
import { limitConfig } from '../dist/config/limits.js'
import { fstabField, line, shellWord } from '../dist/config/lines.js'
import { command, limitHost, lines } from './support/input.js'

describe('values', () => {
  test.each([
    ['plain', 'lxc.k = plain'],
    ['a # b', 'lxc.k = a # b'],
    [' a', 'lxc.k = " a"'],
    ['a\t', 'lxc.k = "a\t"'],
    ['"a"', 'lxc.k = ""a""'],
    ["'a'", `lxc.k = "'a'"`],
    ['a\\b', 'lxc.k = a\\b'],
    ['ü', 'lxc.k = ü'],
  ])('%j is written as %j', (value, wanted) => {
    expect(line('lxc.k', value)).toBe(wanted)
  })

  test.each(['a\nlxc.hook.start-host = evil', 'a\r', 'a\0'])(
    '%j is refused, without being shown',
    (value) => {
      expect(() => line('lxc.environment', value, 'process.env.X')).toThrow(
        expect.objectContaining({
          code: 'EXECD_UNSUPPORTED',
          message: expect.not.stringContaining('evil'),
          details: expect.objectContaining({ path: 'process.env.X' }),
        }),
      )
    },
  )

  test('fields of a mount entry have their blanks and backslashes as numbers', () => {
    expect(fstabField('/a b\tc\nd\\e#f')).toBe('/a\\040b\\011c\\012d\\134e#f')
  })

  test('words for a shell', () => {
    expect([shellWord('/a/b-c.d'), shellWord("it's $HOME"), shellWord('')]).toEqual([
      '/a/b-c.d',
      "'it'\\''s $HOME'",
      "''",
    ])
  })
})

describe('a configuration', () => {
  test('no value of a command can add a line', () => {
    const evil = 'x\nlxc.hook.start-host = /bin/evil'
    for (const parts of [
      { rootfs: `/srv/${evil}` },
      { mounts: [{ type: 'tmpfs', destination: `/a${evil}`, options: [] }] },
      { maskedPaths: [`/a${evil}`] },
    ]) {
      const of = command(parts)
      const text = () =>
        lines(of, {
          rootfs: of.rootfs.type === 'directory' ? of.rootfs.path : '',
          masked: of.maskedPaths.map((path) => ({ path, directory: false })),
        })
      let rendered: string[] = []
      try {
        rendered = text()
      } catch (error) {
        expect(error).toMatchObject({ code: 'EXECD_UNSUPPORTED' })
      }
      expect(rendered.filter((entry) => entry.startsWith('lxc.hook'))).toEqual([])
    }
  })

  test('the safe defaults', () => {
    const text = lines(command())
    for (const wanted of [
      'lxc.no_new_privs = 1',
      'lxc.net.0.type = empty',
      'lxc.mount.auto = proc:mixed',
      'lxc.tty.max = 0',
      'lxc.console.path = none',
      'lxc.cgroup.devices.deny = a',
      'lxc.cap.keep = chown dac_override fowner fsetid kill setgid setuid setpcap net_bind_service net_raw sys_chroot mknod audit_write setfcap',
    ])
      expect(text).toContain(wanted)
    expect(text.some((entry) => entry.startsWith('lxc.namespace.keep'))).toBe(false)
  })

  test('kept namespaces name the user namespace too, or LXC would make one', () => {
    expect(lines(command({ namespaces: { ipc: 'host', cgroup: 'host' } }))).toContain(
      'lxc.namespace.keep = ipc cgroup user',
    )
  })

  test('id maps', () => {
    const maps = [{ containerID: 0, hostID: 100000, size: 65536 }]
    const text = lines(command({ namespaces: { uidMappings: maps, gidMappings: maps } }))
    expect(text).toEqual(
      expect.arrayContaining(['lxc.idmap = u 0 100000 65536', 'lxc.idmap = g 0 100000 65536']),
    )
  })

  test('interfaces on a bridge', () => {
    const network = {
      mode: 'bridge',
      interfaces: [
        {
          bridge: 'br0',
          address: '10.0.0.2',
          gateway: '10.0.0.1',
          address6: 'fd00::2',
          macAddress: '02:00:00:00:00:01',
          mtu: 1400,
        },
      ],
    }
    expect(lines(command({ network })).filter((entry) => entry.startsWith('lxc.net'))).toEqual([
      'lxc.net.0.type = veth',
      'lxc.net.0.link = br0',
      'lxc.net.0.name = eth0',
      'lxc.net.0.flags = up',
      'lxc.net.0.hwaddr = 02:00:00:00:00:01',
      'lxc.net.0.mtu = 1400',
      'lxc.net.0.ipv4.address = 10.0.0.2/24',
      'lxc.net.0.ipv4.gateway = 10.0.0.1',
      'lxc.net.0.ipv6.address = fd00::2/64',
    ])
  })

  test('hairpin, which LXC does not set, is refused', () => {
    const network = { mode: 'bridge', interfaces: [{ bridge: 'br0', hairpin: true }] }
    expect(() => lines(command({ network }))).toThrow(expect.objectContaining({ code: 'EXECD_UNSUPPORTED' }))
  })

  test('a process', () => {
    const text = lines(
      command(
        {},
        {
          cwd: '/a b',
          rlimits: [{ type: 'RLIMIT_NOFILE', soft: 10, hard: 'unlimited' }],
          oomScoreAdj: 5,
          noNewPrivileges: false,
          capabilities: { drop: ['ALL'] },
        },
      ),
      { user: { uid: 5, gid: 6, groups: [7, 6], home: '/' }, apparmor: true },
    )
    for (const wanted of [
      'lxc.init.uid = 5',
      'lxc.init.gid = 6',
      'lxc.init.groups = 7, 6',
      'lxc.init.cwd = /a b',
      'lxc.prlimit.nofile = 10:unlimited',
      'lxc.proc.oom_score_adj = 5',
      'lxc.no_new_privs = 0',
      'lxc.cap.keep = none',
      'lxc.apparmor.profile = unchanged',
    ])
      expect(text).toContain(wanted)
  })

  test('mounts: one line for each mount of the host, with all flags', () => {
    const of = command({
      mounts: [
        { type: 'bind', source: '/s d', destination: '/data', options: ['ro', 'noatime'] },
        { type: 'tmpfs', destination: '/tmp', options: ['size=1m', 'exec'] },
      ],
    })
    const bind = { options: [], directory: true }
    const text = lines(of, {
      binds: [
        { ...bind, source: '/s d', target: '/data' },
        { ...bind, source: '/s d/x', target: '/data/x' },
      ],
    })
    expect(text.filter((entry) => entry.includes(' data') || entry.includes(' tmp '))).toEqual([
      'lxc.mount.entry = /s\\040d data none bind,rprivate,ro,nosuid,nodev,noatime 0 0',
      'lxc.mount.entry = /s\\040d/x data/x none bind,rprivate,ro,nosuid,nodev,noatime 0 0',
      'lxc.mount.entry = tmpfs tmp tmpfs rw,nosuid,nodev,size=1m 0 0',
    ])
  })
})

describe('limits', () => {
  const resources = {
    memory: { limit: 64 * 1024 ** 2, reservation: 32 * 1024 ** 2 },
    cpu: { shares: 512, cpus: 0.5, cpusetCpus: '0' },
    pids: { limit: -1 },
    blockIO: { throttleReadBpsDevice: [{ major: 8, minor: 0, rate: 1000 }] },
  }
  const written = (version: 1 | 2, parts: object = resources): string[] =>
    limitConfig(command({ resources: parts }), limitHost(version))

  test('v1; a memory limit alone means no swap', () => {
    expect(written(1)).toEqual([
      'lxc.cgroup.memory.limit_in_bytes = 67108864',
      'lxc.cgroup.memory.memsw.limit_in_bytes = 67108864',
      'lxc.cgroup.memory.soft_limit_in_bytes = 33554432',
      'lxc.cgroup.cpu.shares = 512',
      'lxc.cgroup.cpu.cfs_period_us = 100000',
      'lxc.cgroup.cpu.cfs_quota_us = 50000',
      'lxc.cgroup.cpuset.cpus = 0',
      'lxc.cgroup.pids.max = max',
      'lxc.cgroup.blkio.throttle.read_bps_device = 8:0 1000',
    ])
  })

  test('v2', () => {
    expect(written(2)).toEqual([
      'lxc.cgroup2.memory.swap.max = 0',
      'lxc.cgroup2.memory.max = 67108864',
      'lxc.cgroup2.memory.low = 33554432',
      'lxc.cgroup2.cpu.weight = 20',
      'lxc.cgroup2.cpu.max = 50000',
      'lxc.cgroup2.cpu.max = 50000 100000',
      'lxc.cgroup2.cpuset.cpus = 0',
      'lxc.cgroup2.pids.max = max',
      'lxc.cgroup2.io.max = 8:0 rbps=1000',
    ])
  })

  test('one that cannot be enforced is refused', () => {
    expect(() => written(2, { memory: { swappiness: 10 } })).toThrow(
      expect.objectContaining({ code: 'EXECD_UNSUPPORTED' }),
    )
  })
})
