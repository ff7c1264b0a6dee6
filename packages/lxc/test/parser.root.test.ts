import { spawnSync } from 'node:child_process'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { requires } from '@execd/test-support'
import { afterAll, expect } from '@jest/globals'
import { line } from '../dist/config/lines.js'
import { scratch } from './support/container.js'
import { command, lines } from './support/input.js'

const { describe, test } = requires('root', 'lxc')

describe("LXC's own parser", () => {
  const folder = scratch()
  afterAll(() => folder.remove())

  const readBack = (text: string, key: string): string => {
    mkdirSync(join(folder.path, 'x'), { recursive: true })
    writeFileSync(join(folder.path, 'x/config'), `${text}\n`)
    const { stdout, stderr, status } = spawnSync('lxc-info', ['-P', folder.path, '-n', 'x', '-c', key], {
      encoding: 'utf8',
    })
    expect({ stderr, status }).toEqual({ stderr: '', status: 0 })
    return stdout
  }

  test.each(
    [
      'plain',
      'a b',
      ' lead',
      'trail\t',
      '"quoted"',
      "'single'",
      '"',
      `'"`,
      'a # b',
      '# c',
      'a\\nb',
      '\\',
      'ü – 漢',
      '= x',
      '$HOME `id`',
      '%r',
      'A=b=c',
    ].map((value) => [value] as const),
  )('reads %j as it was', (value) => {
    expect(readBack(line('lxc.environment', `K=${value}`), 'lxc.environment')).toBe(
      `lxc.environment = K=${value}\n\n`,
    )
    expect(readBack(line('lxc.uts.name', value), 'lxc.uts.name')).toBe(`lxc.uts.name = ${value}\n`)
  })

  test('takes every key that this driver writes', () => {
    const maps = [{ containerID: 0, hostID: 100000, size: 65536 }]
    const text = lines(
      command(
        {
          hostname: 'h',
          namespaces: { uidMappings: maps, gidMappings: maps },
          resources: {
            memory: { limit: '64MiB', reservation: '1MiB', swappiness: 1 },
            cpu: { cpus: 1, shares: 5, cpusetCpus: '0', cpusetMems: '0' },
            pids: { limit: 3 },
          },
          network: {
            mode: 'bridge',
            interfaces: [
              {
                bridge: 'br0',
                address: '10.0.0.2',
                gateway: '10.0.0.1',
                address6: 'fd00::2',
                gateway6: 'fd00::1',
                macAddress: '02:00:00:00:00:01',
                mtu: 1400,
              },
            ],
          },
          mounts: [{ type: 'tmpfs', destination: '/a b', options: ['size=1m'] }],
          devices: { allowed: [{ type: 'b', major: 8, minor: 0 }] },
        },
        {
          rlimits: [
            { type: 'RLIMIT_CORE', soft: 0 },
            { type: 'RLIMIT_RTTIME', soft: 'unlimited' },
          ],
          oomScoreAdj: 3,
          selinuxLabel: 'a:b:c',
          cwd: '/x y',
          env: { A: 'b' },
        },
      ),
      {
        hooks: { preMount: '/a', autodev: '/b', startHost: '/c', stop: '/d' },
        apparmor: true,
        seccomp: '/run/x',
        masked: [{ path: '/proc/kcore', directory: false }],
        readonlyPaths: ['/proc/bus'],
      },
    )
    expect(readBack(text.join('\n'), 'lxc.hook.stop')).toBe('lxc.hook.stop = /d\n\n')
  })
})
