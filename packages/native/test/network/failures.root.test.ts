import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, expect } from '@jest/globals'
import { readOrNull } from '../driver/support/host-state.js'
import { driverTests, failure, type Part } from '../driver/support/suite.js'
import { Bridge } from './support.js'

const monitorOf = (pid: number): number =>
  Number(/^PPid:\t(\d+)/m.exec(readOrNull(`/proc/${pid}/status`) ?? '')?.[1])

driverTests(
  'network interfaces that cannot be, and ends of all kinds',
  (suite, test) => {
    let bridge: Bridge
    beforeEach(() => {
      bridge = new Bridge(4)
    })
    afterEach(async () => {
      await suite.endAll()
      expect(bridge.ports()).toEqual([])
      bridge.remove()
    })

    const at = (key: string, index = 0) => `network.interfaces[${index}]${key}`
    const refusals: ReadonlyArray<readonly [string, () => Part['network'], string, RegExp]> = [
      [
        'a bridge that is not there',
        () => bridge.at(2, { bridge: 'execd-none' }),
        at('.bridge'),
        /no bridge execd-none/,
      ],
      ['a device that is no bridge', () => bridge.at(2, { bridge: 'lo' }), at('.bridge'), /no bridge lo/],
      [
        "a group's hardware address",
        () => bridge.at(2, { macAddress: '01:00:5e:00:00:01' }),
        at('.macAddress'),
        /group/,
      ],
      ['an address with a zone', () => bridge.at(2, { address6: 'fe80::1%eth0' }), at('.address6'), /zone/],
      ['a name that is taken', () => bridge.at(2, { name: 'lo' }), at(''), /EEXIST/],
      ['a name that is none', () => bridge.at(2, { name: '..' }), at(''), /EINVAL/],
      [
        'a gateway that is not near',
        () => bridge.at(2, { gateway: '192.0.2.1' }),
        at('.gateway'),
        /ENETUNREACH/,
      ],
      [
        'an IPv6 gateway that is not near',
        () => bridge.at(2, { gateway6: '2001:db8::1' }),
        at('.gateway6'),
        /EHOSTUNREACH/,
      ],
      [
        'too small an MTU for IPv6',
        () => bridge.at(2, { mtu: 1000 }),
        at('.address6'),
        /EINVAL|ENODEV|EOPNOTSUPP/,
      ],
      [
        'the second of two',
        () => ({
          mode: 'bridge',
          interfaces: [bridge.interface(2), bridge.interface(3, { name: 'eth1', gateway: '192.0.2.1' })],
        }),
        at('.gateway', 1),
        /ENETUNREACH/,
      ],
    ]
    test.each(refusals)('%s is told by its field, and nothing is left', async (_, network, path, message) => {
      const error = await failure(suite.sh('true', { network: network() }))
      expect(error).toMatchObject({ code: 'EXECD_NETWORK', details: { path, driver: 'native' } })
      expect(error.message).toMatch(message)
      expect(error.hint).not.toBe('')
      expect(bridge.ports()).toEqual([])
      expect(suite.groups()).toEqual([])
    })

    test('a bridge that vanishes before the pair is made', async () => {
      const other = new Bridge(5)
      const running = suite.sh('true', { network: other.at(2) })
      other.remove()
      const outcome = await running.then(
        ({ reason }) => reason,
        (error: unknown) => (error as { code: string }).code,
      )
      expect(['EXECD_NETWORK', 'exited']).toContain(outcome)
    })

    test.each<[string, Part, string]>([
      ['a program that is not there', { process: { args: ['/none'] } }, 'EXECD_PROGRAM_NOT_FOUND'],
      [
        'a mount that fails',
        { mounts: [{ type: 'bind', source: '/none', destination: '/data' }] },
        'EXECD_MOUNT',
      ],
      ['an unknown user', { process: { user: 'nobody-here' } }, 'EXECD_USER_NOT_FOUND'],
    ])('%s: the pair that was made is removed', async (_, part, code) => {
      const error = await failure(
        suite.runtime.run(suite.command(['true'], { network: bridge.at(2), ...part })),
      )
      expect(error.code).toBe(code)
      expect(bridge.ports()).toEqual([])
    })

    test('a prestart hook that rejects', async () => {
      const hooks = {
        prestart: () => {
          expect(bridge.ports()).toHaveLength(1)
          throw new Error('no')
        },
      }
      expect((await failure(suite.sh('true', { network: bridge.at(2) }, { hooks }))).code).toBe(
        'EXECD_HOOK_FAILED',
      )
      expect(bridge.ports()).toEqual([])
    })

    test('abort at any moment, and the time-out', async () => {
      for (let tenths = 0; tenths < 20; tenths += 1) {
        const controller = new AbortController()
        const running = suite.sh('sleep 1000', { network: bridge.at(2) }, { signal: controller.signal })
        const outcome = running.then(
          ({ reason }) => reason,
          ({ code }: { code: string }) => code,
        )
        const end = performance.now() + tenths
        while (performance.now() < end) await new Promise(setImmediate)
        controller.abort()
        expect(['EXECD_ABORTED', 'aborted']).toContain(await outcome)
        expect(bridge.ports()).toEqual([])
      }
      const result = await suite.sh('sleep 1000', { network: bridge.at(2) }, { timeout: '2s' })
      expect(result.reason).toBe('timeout')
      expect(bridge.ports()).toEqual([])
    })

    test('the monitor is killed: lost, and told when the pair is gone', async () => {
      const container = await suite.idle({ network: bridge.at(2) })
      process.kill(monitorOf(container.pid), 'SIGKILL')
      expect(await container.wait()).toMatchObject({ reason: 'lost' })
      expect(bridge.ports()).toEqual([])
    })

    test('Node is killed: its pair goes', async () => {
      const main = fileURLToPath(new URL('death-main.js', import.meta.url))
      const child = spawn(process.execPath, [main, suite.rootfs, suite.parent, bridge.name], {
        stdio: ['ignore', 'pipe', 'inherit'],
      })
      try {
        await once(child.stdout, 'data')
        expect(bridge.ports()).toHaveLength(2)
      } finally {
        const exited = once(child, 'exit')
        child.kill('SIGKILL')
        await exited
      }
      await bridge.becomesEmpty()
    })
  },
  ['iproute2'],
)
