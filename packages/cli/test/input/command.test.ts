import { resolve } from 'node:path'
import { resolveCommand } from '@execd/core'
import { describe, expect, test } from '@jest/globals'
import { commandOf } from '../../dist/input/command.js'
import { runCall } from '../support/given.js'

const OWN = { HOME: '/home/me', TOKEN: 'secret' }
const command = (...words: string[]): object => commandOf(runCall(...words, 'prog', 'arg'), undefined, OWN)

describe('options become fields', () => {
  test('nothing but a program: the host as the root file system', () => {
    expect(command()).toEqual({ rootfs: { type: 'host' }, process: { args: ['prog', 'arg'] } })
  })

  test.each<[string[], object]>([
    [['-e', 'A=1=2', '-e', 'HOME', '-e', 'NOT_SET'], { process: { env: { A: '1=2', HOME: '/home/me' } } }],
    [
      ['-w', '/tmp', '-u', '1:2', '--group-add', '7'],
      { process: { cwd: '/tmp', user: '1:2', additionalGroups: ['7'] } },
    ],
    [['-t', '--init', '--privileged'], { init: true, process: { terminal: true, privileged: true } }],
    [
      ['--ulimit', 'nofile=10:20', '--ulimit', 'core=-1'],
      {
        process: {
          rlimits: [
            { type: 'RLIMIT_NOFILE', soft: 10, hard: 20 },
            { type: 'RLIMIT_CORE', soft: 'unlimited' },
          ],
        },
      },
    ],
    [['--oom-score-adj', '-5'], { process: { oomScoreAdj: -5 } }],
    [['--name', 'x', '-l', 'a=b', '--label', 'c'], { id: 'x', labels: { a: 'b', c: '' } }],
    [['-h', 'box', '--domainname', 'd'], { hostname: 'box', domainname: 'd' }],
    [['--rootfs', '/srv/x'], { rootfs: { type: 'directory', path: '/srv/x' } }],
    [
      ['--rootfs', './x', '--read-only'],
      { rootfs: { type: 'directory', path: resolve('x'), readonly: true } },
    ],
    [['--rootfs', 'host,size=64m'], { rootfs: { type: 'host', size: '64m' } }],
    [
      ['--rootfs', 'overlay:/a,lower=/b,upper=/u,work=/w'],
      { rootfs: { type: 'overlay', lower: ['/a', '/b'], upper: '/u', work: '/w' } },
    ],
    [
      ['-v', '/a:/b', '-v', './c:/d:ro,noexec'],
      {
        mounts: [
          { type: 'bind', source: '/a', destination: '/b', options: [] },
          { type: 'bind', source: resolve('c'), destination: '/d', options: ['ro', 'noexec'] },
        ],
      },
    ],
    [
      ['--mount', 'type=bind,src=/a,dst=/b,readonly,bind-propagation=rslave,bind-nonrecursive'],
      {
        mounts: [{ type: 'bind', source: '/a', destination: '/b', options: ['ro', 'rslave', 'bind'] }],
      },
    ],
    [
      ['--mount', 'type=tmpfs,target=/t,tmpfs-size=1m,tmpfs-mode=700', '--tmpfs', '/s:size=2m,exec'],
      {
        mounts: [
          { type: 'tmpfs', destination: '/t', options: ['size=1m', 'mode=700'] },
          { type: 'tmpfs', destination: '/s', options: ['size=2m', 'exec'] },
        ],
      },
    ],
    [
      ['-m', '64m', '--memory-swap', '-1', '--cpus', '.5', '--pids-limit', '9'],
      { resources: { memory: { limit: '64m', swap: -1 }, cpu: { cpus: 0.5 }, pids: { limit: 9 } } },
    ],
    [['--device', '/dev/null'], { devices: { created: [{ path: '/dev/null' }] } }],
    [['--device', '/dev/null:r'], { devices: { created: [{ path: '/dev/null', access: 'r' }] } }],
    [
      ['--device', '/dev/null:/dev/void:rw'],
      {
        devices: { created: [{ path: '/dev/void', type: 'c', major: 1, minor: 3, access: 'rw' }] },
      },
    ],
    [
      ['--device-cgroup-rule', 'c 10:* rw'],
      {
        devices: { allowed: [{ type: 'c', major: 10, minor: null, access: 'rw' }] },
      },
    ],
    [['--network', 'host'], { network: { mode: 'host' } }],
    [['--network', 'container:a'], { network: { mode: 'container', container: 'a' } }],
    [['--network', 'path:/run/netns/x'], { network: { mode: 'path', path: '/run/netns/x' } }],
    [
      ['--network', 'bridge=br0,ip=10.0.0.2/16,gateway=10.0.0.1,mtu=1400,hairpin'],
      {
        network: {
          mode: 'bridge',
          interfaces: [
            {
              bridge: 'br0',
              address: '10.0.0.2',
              prefixLength: 16,
              gateway: '10.0.0.1',
              mtu: 1400,
              hairpin: true,
            },
          ],
        },
      },
    ],
    [
      [
        '--pid',
        'host',
        '--ipc',
        'container:a',
        '--uts',
        'path:/x',
        '--cgroupns',
        'host',
        '--userns',
        'private',
      ],
      {
        namespaces: {
          pid: 'host',
          ipc: { container: 'a' },
          uts: { path: '/x' },
          cgroup: 'host',
          user: 'private',
        },
      },
    ],
    [['--sysctl', 'net.ipv4.ip_forward=1'], { sysctl: { 'net.ipv4.ip_forward': '1' } }],
    [
      ['--cap-add', 'NET_ADMIN', '--cap-drop', 'ALL'],
      { process: { capabilities: { add: ['NET_ADMIN'], drop: ['ALL'] } } },
    ],
    [
      [
        '--security-opt',
        'no-new-privileges=false',
        '--security-opt',
        'apparmor=p',
        '--security-opt',
        'selinux=a:b',
      ],
      { process: { noNewPrivileges: false, apparmorProfile: 'p', selinuxLabel: 'a:b' } },
    ],
    [
      ['--security-opt', 'seccomp=unconfined', '--security-opt', 'systempaths=unconfined'],
      { seccomp: 'unconfined', maskedPaths: [], readonlyPaths: [] },
    ],
    [['--cgroup-parent', '/ci'], { cgroupParent: '/ci' }],
  ])('%j', (words, expected) => {
    const found = command(...words)
    expect(found).toMatchObject(expected)
    // what an option makes is what the schema takes
    expect(() => resolveCommand(found)).not.toThrow()
  })

  test.each([
    [['-v', 'name:/data'], /wanted a path as the source/],
    [['-v', '/data'], /wanted SOURCE:DESTINATION/],
    [['--mount', 'type=volume,src=a,dst=/b'], /wanted type=bind or type=tmpfs/],
    [['--mount', 'type=bind,colour=red'], /"colour" is no key of it/],
    [['--device', '/dev/null:/dev/x/y:rwm', '--device', '/etc/passwd:/dev/p'], /passwd is no device/],
    [['--device-cgroup-rule', 'x'], /wanted "c MAJOR:MINOR rwm"/],
    [['--device-read-bps', '/dev/null'], /wanted DEVICE:RATE/],
    [['--network', 'host', '--network', 'none'], /wanted once/],
    [['--sysctl', 'x'], /wanted KEY=VALUE/],
    [['--security-opt', 'label=x'], /"label=x" is none of its options/],
    [['--security-opt', 'seccomp=/etc/passwd'], /is no JSON/],
  ])('%j is refused', (words, message) => {
    expect(() => command(...words)).toThrow(message)
  })
})

describe('over a file', () => {
  const FILE = {
    rootfs: '/srv/a',
    process: { args: ['old', 'words'], env: { A: '1', B: '2' } },
    mounts: [{ type: 'tmpfs', destination: '/t' }],
  }
  const over = (...words: string[]): object => commandOf(runCall(...words), FILE, OWN)

  test('options are laid over fields, lists get longer, the program is replaced', () => {
    expect(over('-e', 'B=3', '--tmpfs', '/s', '--read-only', 'new')).toEqual({
      rootfs: { type: 'directory', path: '/srv/a', readonly: true },
      process: { args: ['new'], env: { A: '1', B: '3' } },
      mounts: [
        { type: 'tmpfs', destination: '/t' },
        { type: 'tmpfs', destination: '/s' },
      ],
    })
  })

  test('without options it is what the file says; a root of another type replaces the whole', () => {
    expect(over()).toEqual(FILE)
    expect(over('--rootfs', 'host')).toMatchObject({ rootfs: { type: 'host' } })
    expect(over('--rootfs', 'host')).not.toHaveProperty('rootfs.path')
  })
})
