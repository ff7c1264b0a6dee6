import { CAPABILITIES, DEFAULT_MASKED_PATHS } from '@execd/core/driver'
import { type OciSpecOptions, toJson, toOciSpec } from '@execd/oci'
import { describe, expect, test } from '@jest/globals'
import { command } from '../support/command.js'
import { EVERYTHING, PROCESS } from '../support/everything.js'

const OPTIONS: OciSpecOptions = { arch: 'x64', kernel: '6.1.0' }
const spec = (parts: object = {}, process: object = {}, options: OciSpecOptions = {}) =>
  toOciSpec(command(parts, process), { ...OPTIONS, ...options })

describe('what becomes of a command', () => {
  const all = spec(EVERYTHING, PROCESS)

  test('the process', () => {
    expect(all.process).toEqual({
      terminal: true,
      consoleSize: { height: 40, width: 120 },
      user: { uid: 1000, gid: 50, umask: 0o027, additionalGids: [27] },
      args: ['true'],
      env: ['PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin', 'TERM=xterm', 'LANG=C'],
      cwd: '/tmp',
      capabilities: expect.objectContaining({ inheritable: ['CAP_NET_ADMIN'], ambient: ['CAP_NET_ADMIN'] }),
      rlimits: [
        { type: 'RLIMIT_NOFILE', soft: 64, hard: 128 },
        { type: 'RLIMIT_CORE', soft: 2n ** 64n - 1n, hard: 2n ** 64n - 1n },
      ],
      noNewPrivileges: false,
      oomScoreAdj: 500,
      apparmorProfile: 'docker-default',
      selinuxLabel: 'system_u:system_r:container_t:s0',
    })
    const { bounding, effective, permitted } = all.process.capabilities
    expect(bounding).toContain('CAP_NET_ADMIN')
    expect(bounding).not.toContain('CAP_MKNOD')
    expect([effective, permitted]).toEqual([bounding, bounding])
  })

  test('no inheritable capabilities by default, and none that the kernel does not know', () => {
    const { capabilities } = spec(
      {},
      { privileged: true },
      { capabilities: new Set(CAPABILITIES.slice(0, 5)) },
    ).process
    expect(capabilities).toMatchObject({ inheritable: [], ambient: [] })
    expect(capabilities.bounding).toEqual(CAPABILITIES.slice(0, 5))
  })

  test('numbers keep their digits', () => {
    expect(toJson(all)).toContain('"soft":18446744073709551615')
    expect(toJson({ a: undefined, b: [1n, null, 'x"'], c: true })).toBe('{"b":[1,null,"x\\""],"c":true}')
  })

  test('resources', () => {
    expect(all.linux.resources).toMatchObject({
      memory: {
        limit: 64 * 1024 ** 2,
        reservation: 32 * 1024 ** 2,
        swap: 1024 ** 3,
        swappiness: 0,
        disableOOMKiller: true,
      },
      cpu: { shares: 512, quota: 50_000, period: 100_000, cpus: '0-1,3', mems: '0' },
      pids: { limit: 32 },
      blockIO: {
        weight: 500,
        weightDevice: [{ major: 8, minor: 0, weight: 100 }],
        throttleReadBpsDevice: [{ major: 8, minor: 0, rate: 1024 ** 2 }],
        throttleWriteIOPSDevice: [{ major: 8, minor: 0, rate: 100 }],
      },
      unified: { 'memory.high': '33554432' },
    })
    expect(spec().linux.resources).toEqual({ devices: expect.anything() })
    expect(spec({}, {}, { deviceRules: false }).linux.resources).toEqual({})
  })

  test('a memory limit alone means no swap, where swap is counted', () => {
    const resources = { memory: { limit: '64MiB' } }
    expect(spec({ resources }).linux.resources.memory?.swap).toBe(64 * 1024 ** 2)
    expect(spec({ resources }, {}, { swapCounted: false }).linux.resources.memory).toEqual({
      limit: 64 * 1024 ** 2,
    })
  })

  test('devices: all denied, then the usual, then those of the command', () => {
    const rules = all.linux.resources.devices ?? []
    expect(rules[0]).toEqual({ allow: false, access: 'rwm' })
    expect(rules.slice(-4)).toEqual([
      { allow: true, type: 'c', major: 10, minor: 200, access: 'rw' },
      { allow: true, type: 'b', major: 7, access: 'rwm' },
      { allow: true, type: 'c', major: 7, access: 'rwm' },
      { allow: true, type: 'c', major: 10, minor: 200, access: 'rwm' },
    ])
    expect(all.linux.devices).toEqual([
      { path: '/dev/net/tun', type: 'c', major: 10, minor: 200, fileMode: 0o600, uid: 1, gid: 2 },
      { path: '/dev/fifo', type: 'p', fileMode: 0o666, uid: 0, gid: 0 },
    ])
    expect(spec({}, { privileged: true }).linux.resources.devices).toEqual([{ allow: true, access: 'rwm' }])
  })

  test('mounts: a read-only bind holds for what is mounted below', () => {
    expect(all.mounts.slice(-2)).toEqual([
      {
        destination: '/data',
        type: 'bind',
        source: '/data',
        options: ['rbind', 'rslave', 'ro', 'nosuid', 'nodev', 'rro', 'rnosuid', 'rnodev'],
      },
      {
        destination: '/scratch',
        type: 'tmpfs',
        source: 'tmpfs',
        options: ['nosuid', 'nodev', 'noexec', 'size=16m', 'mode=1777'],
      },
    ])
    expect(all.linux.rootfsPropagation).toBe('slave')
    expect(spec().linux).not.toHaveProperty('rootfsPropagation')
    const one = { type: 'bind', source: '/a', destination: '/b' }
    expect(
      spec({ mounts: [{ ...one, options: ['bind', 'shared', 'suid', 'noexec', 'nosymfollow'] }] }),
    ).toMatchObject({
      mounts: expect.arrayContaining([
        expect.objectContaining({ options: ['bind', 'shared', 'nodev', 'noexec', 'nosymfollow'] }),
      ]),
      linux: { rootfsPropagation: 'shared' },
    })
  })

  test('standard mounts', () => {
    expect(spec().mounts.map(({ destination }) => destination)).toEqual([
      '/proc',
      '/dev',
      '/dev/pts',
      '/dev/shm',
      '/dev/mqueue',
      '/sys',
      '/sys/fs/cgroup',
    ])
    const sysOf = (of: ReturnType<typeof spec>) => of.mounts.find(({ destination }) => destination === '/sys')
    expect(sysOf(spec())?.options).toContain('ro')
    expect(sysOf(spec({}, { privileged: true }))?.options).toContain('rw')
    const maps = [{ containerID: 0, hostID: 1000, size: 1 }]
    const bound = spec(
      { network: { mode: 'host' }, namespaces: { uidMappings: maps, gidMappings: maps } },
      {},
    )
    expect(sysOf(bound)).toMatchObject({ type: 'bind', options: expect.arrayContaining(['rbind', 'rro']) })
    expect(bound.mounts.map(({ destination }) => destination)).not.toContain('/sys/fs/cgroup')
    expect(bound.mounts[2]?.options).not.toContain('gid=5')
    const hostIpc = spec({ namespaces: { ipc: 'host' } })
    expect(hostIpc.mounts.filter(({ type }) => type === 'bind').map(({ source }) => source)).toEqual([
      '/dev/shm',
      '/dev/mqueue',
    ])
  })

  test('namespaces', () => {
    const types = (of: ReturnType<typeof spec>) =>
      of.linux.namespaces.map(({ type, path }) => (path === undefined ? type : `${type} ${path}`))
    expect(types(spec())).toEqual(['mount', 'pid', 'ipc', 'uts', 'network', 'cgroup'])
    expect(types(all)).toEqual(['mount', 'user', 'pid', 'ipc', 'uts', 'network /run/netns/blue', 'cgroup'])
    expect(
      types(
        spec(
          {
            namespaces: { pid: 'host', ipc: { container: 'x' }, uts: 'host', cgroup: 'host' },
            network: { mode: 'host' },
          },
          {},
          { shared: { ipc: '/proc/7/ns/ipc' } },
        ),
      ),
    ).toEqual(['mount', 'ipc /proc/7/ns/ipc'])
    expect(all.linux).toMatchObject({ uidMappings: EVERYTHING.namespaces.uidMappings })
  })

  test('names: the id, cut; none where the host keeps its own', () => {
    expect(spec().hostname).toBe('c1')
    expect(spec({ id: 'x'.repeat(100) }).hostname).toHaveLength(64)
    expect(spec({ namespaces: { uts: 'host' } })).not.toHaveProperty('hostname')
    expect(all.linux.sysctl).toEqual({ 'kernel.shmmax': '65536', 'kernel.domainname': 'example.org' })
    const newer = spec(EVERYTHING, PROCESS, { ociVersion: '1.1.0' })
    expect(newer).toMatchObject({
      domainname: 'example.org',
      linux: { sysctl: { 'kernel.shmmax': '65536' } },
    })
  })

  test('labels never are annotations that a runtime acts on', () => {
    expect(spec({ labels: { 'run.oci.hooks.stdout': '/etc/x' } }).annotations).toEqual({
      'dev.execd.label.run.oci.hooks.stdout': '/etc/x',
    })
    expect(spec()).not.toHaveProperty('annotations')
  })

  test('hooks, in whole seconds', () => {
    expect(all.hooks).toEqual({
      prestart: [{ path: '/bin/true', args: ['true'], env: ['A=b'], timeout: 2 }],
      poststart: [{ path: '/bin/true', timeout: 10 }],
      poststop: [{ path: '/bin/true', timeout: 60 }],
    })
    expect(spec(EVERYTHING, PROCESS, { hooks: false })).not.toHaveProperty('hooks')
  })

  test('the rest', () => {
    expect(all).toMatchObject({
      ociVersion: '1.0.2',
      root: { path: '/srv/root', readonly: true },
      hostname: 'box',
      linux: {
        maskedPaths: ['/proc/kcore'],
        readonlyPaths: ['/proc/sys'],
        mountLabel: 'system_u:object_r:container_file_t:s0',
        cgroupsPath: '/machine.slice/c1',
      },
    })
    expect(spec().linux).toMatchObject({ cgroupsPath: '/execd/c1', maskedPaths: DEFAULT_MASKED_PATHS })
    expect(spec({}, {}, { cgroupsPath: null }).linux).not.toHaveProperty('cgroupsPath')
  })
})
