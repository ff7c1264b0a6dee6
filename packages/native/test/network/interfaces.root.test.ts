import { readlinkSync } from 'node:fs'
import type { Container } from '@execd/core'
import { afterEach, beforeEach, expect } from '@jest/globals'
import { textOf } from '../driver/support/streams.js'
import { driverTests, type Part } from '../driver/support/suite.js'
import { Bridge, ip } from './support.js'

const mapped = {
  user: 'private' as const,
  uidMappings: [{ containerID: 0, hostID: 200_000, size: 5000 }],
  gidMappings: [{ containerID: 0, hostID: 200_000, size: 5000 }],
}

/** What a shell script in a container wrote. */
async function inside(container: Container, script: string): Promise<string> {
  const execution = await container.exec({ args: ['sh', '-c', script] })
  const [stdout, stderr] = await Promise.all([textOf(execution.stdout), textOf(execution.stderr)])
  const { exitCode } = await execution.wait()
  return `${stdout}${stderr}${exitCode}`
}

driverTests(
  'network interfaces',
  (suite, test) => {
    let bridge: Bridge
    beforeEach(() => {
      bridge = new Bridge(1)
    })
    afterEach(async () => {
      await suite.endAll()
      expect(bridge.ports()).toEqual([])
      bridge.remove()
    })

    const FULL = {
      name: 'net0',
      gateway: '10.203.1.1',
      gateway6: 'fd00:cb:1::1',
      macAddress: '02:00:00:00:0a:0b',
      mtu: 1400,
    }

    test('names, hardware address, MTU, addresses and routes are seen inside, before the command runs', async () => {
      const script =
        'ip -o link; ip -o addr show net0; ip route; ip -6 route show default; cat /proc/sys/net/ipv6/conf/net0/accept_dad'
      const text = await suite.output(script, { network: bridge.at(2, FULL) })
      expect(text.match(/^\d+: [^:@]+/gm)?.map((one) => one.replace(/^\d+: /, ''))).toContain('net0')
      expect(text).toMatch(/net0@[^:]+: <[^>]*\bUP\b[^>]*\bLOWER_UP\b[^>]*> mtu 1400/)
      expect(text).toContain('02:00:00:00:0a:0b')
      expect(text).toMatch(/inet 10\.203\.1\.2\/24 /)
      const six = text.split('\n').find((line) => line.includes('fd00:cb:1::2/64')) ?? ''
      expect(six).not.toMatch(/tentative|dadfailed/)
      expect(six).not.toBe('')
      expect(text).toMatch(/default via 10\.203\.1\.1 dev net0/)
      expect(text).toMatch(/default via fd00:cb:1::1 dev net0/)
    })

    test('the outer end is a port of the bridge, up, tagged, with a name and address of its own', async () => {
      const container = await suite.idle({ network: bridge.at(2, { hairpin: true }) })
      const [port = ''] = bridge.ports()
      expect(port).toMatch(/^execd[0-9a-f]{10}$/)
      expect(bridge.ofPort('ifalias')).toMatch(new RegExp(`^execd:${container.id}:owner [0-9a-f]{16}$`))
      expect(bridge.ofPort('operstate')).toBe('up')
      expect(bridge.ofPort('address')).toMatch(/^fe:/)
      expect(bridge.ofPort('brport/hairpin_mode')).toBe('1')
      expect(readlinkSync(`/sys/class/net/${port}/master`)).toMatch(new RegExp(`/${bridge.name}$`))
      await container.terminate()
      expect(bridge.ports()).toEqual([])
    })

    test('hairpin is off unless asked for, and the MTU is that of the bridge', async () => {
      ip(`link set ${bridge.name} mtu 1380`)
      const container = await suite.idle({ network: bridge.at(2) })
      expect(bridge.ofPort('brport/hairpin_mode')).toBe('0')
      expect(bridge.ofPort('mtu')).toBe('1380')
      expect(await inside(container, 'cat /sys/class/net/eth0/mtu')).toBe('1380\n0')
    })

    test('two containers and the host reach each other by IPv4 and IPv6', async () => {
      const [, second] = await Promise.all([2, 3].map((host) => suite.idle({ network: bridge.at(host) })))
      if (second === undefined) throw new Error('no container')
      const ping = (address: string) => `ping -c1 -W5 ${address} >/dev/null; echo $?`
      for (const address of ['10.203.1.1', '10.203.1.2', 'fd00:cb:1::1', 'fd00:cb:1::2'])
        expect(await inside(second, ping(address))).toBe('0\n0')
      expect(await inside(second, ping('10.203.1.99'))).toBe('1\n0')
    })

    test('several interfaces, at several bridges; the gateway of the first is used', async () => {
      const other = new Bridge(2)
      try {
        const interfaces = [
          bridge.interface(2, { name: 'one', gateway: '10.203.1.1' }),
          other.interface(2, { name: 'two', gateway: '10.203.2.1' }),
          other.interface(3, { name: 'three', address6: null }),
        ]
        const text = await suite.output(
          'ip route; ping -c1 -W5 10.203.1.1 >/dev/null && ping -c1 -W5 10.203.2.1 >/dev/null && echo both; ip -o -6 addr show three',
          { network: { mode: 'bridge', interfaces } },
        )
        expect(text).toMatch(/default via 10\.203\.1\.1 dev one\s*$/m)
        expect(text).toMatch(/default via 10\.203\.2\.1 dev two\s+metric 1\s*$/m)
        expect(text).toMatch(/^both$/m)
        expect(text).not.toContain('fd00')
        expect(other.ports()).toEqual([])
      } finally {
        other.remove()
      }
    })

    test('traffic is counted as the container sees it', async () => {
      const container = await suite.idle({ network: bridge.at(2) })
      const sample = async () => {
        for await (const { network } of container.stats({ interval: '1h' }))
          return network?.find(({ name }) => name === 'eth0')
        return undefined
      }
      const before = await sample()
      expect(await inside(container, 'ping -c4 -i0.1 -s1000 10.203.1.1 >/dev/null')).toBe('0')
      const after = await sample()
      if (before === undefined || after === undefined) throw new Error('no counters')
      expect(after.txPackets - before.txPackets).toBeGreaterThanOrEqual(4)
      expect(after.rxBytes - before.rxBytes).toBeGreaterThanOrEqual(4 * 1000)
      expect(after.rxErrors).toBe(0)
    })

    test("the host's network is not the container's to count; a container without interfaces has lo", async () => {
      const networkOf = async (container: Container) => {
        for await (const { network } of container.stats({ interval: '1h' })) return network
        return undefined
      }
      expect(await networkOf(await suite.idle({ network: { mode: 'host' } }))).toBeNull()
      expect((await networkOf(await suite.idle()))?.map(({ name }) => name)).toContain('lo')
    })

    test.each<[string, Part]>([
      ['a user namespace of its own', { namespaces: mapped }],
      ['an init', { init: true }],
      ['a terminal', { process: { terminal: true } }],
      ["the host's pid namespace", { namespaces: { pid: 'host' } }],
    ])('it works with %s', async (_, part) => {
      const container = await suite.idle({ ...part, network: bridge.at(2) })
      expect(
        await inside(container, 'ping -c1 -W5 10.203.1.1 >/dev/null; ping -c1 -W5 fd00:cb:1::1 >/dev/null'),
      ).toBe('0')
    })

    test('a prestart hook finds the interface made', async () => {
      const seen: string[][] = []
      const part = { network: bridge.at(2) }
      const hooks = { prestart: () => void seen.push(bridge.ports()) }
      const result = await suite.sh('ip -o -4 addr show eth0', part, { hooks })
      expect(seen).toEqual([[expect.stringMatching(/^execd/)]])
      expect(result.stdout).toMatch(/inet 10\.203\.1\.2\/24/)
    })

    test('a container that shares the network has the interface too', async () => {
      const { id } = await suite.idle({ network: bridge.at(2) })
      const network = { mode: 'container', container: id } as const
      expect(await suite.output('ip -o -4 addr show eth0', { network })).toMatch(/inet 10\.203\.1\.2\/24/)
    })

    test('many at once', async () => {
      const hosts = Array.from({ length: 12 }, (_, index) => index + 2)
      const outputs = await Promise.all(
        hosts.map((host) =>
          suite.output('ping -c1 -W5 10.203.1.1 >/dev/null && ip -o -4 addr show eth0', {
            network: bridge.at(host),
          }),
        ),
      )
      for (const [index, host] of hosts.entries()) expect(outputs[index]).toContain(`10.203.1.${host}/24`)
    })
  },
  ['iproute2'],
)
