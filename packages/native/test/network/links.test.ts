import { describe, expect, test } from '@jest/globals'
import { buildRunPlan } from '../../dist/isolation/run-plan.js'
import { configureLink, makeLink, removeLink } from '../../dist/network/link-steps.js'
import { type Link, linkOf } from '../../dist/network/links.js'
import { addAddress, addDefaultRoute, createPair, deleteLink, setUp } from '../../dist/network/messages.js'
import { checkInterface } from '../../dist/network/prepare.js'
import {
  commandOf,
  groupsOf,
  indexOf,
  only,
  place,
  runInput,
  stepsNamed,
  V1,
  V2,
} from '../isolation/support/inputs.js'

const commandWith = (...interfaces: object[]) =>
  commandOf({ network: { mode: 'bridge', interfaces: interfaces.map((one) => ({ bridge: 'br0', ...one })) } })

function linksOf(...interfaces: object[]): Link[] {
  const { id, network } = commandWith(...interfaces)
  return network.interfaces.map((wanted, index) => linkOf({ id, nonce: 'nonce' }, index, wanted, 1450))
}

const FULL = {
  name: 'net0',
  address: '10.1.2.3',
  prefixLength: 16,
  gateway: '10.1.0.1',
  address6: 'fd00::3',
  prefixLength6: 48,
  gateway6: 'fd00::1',
  macAddress: '02:00:00:00:00:07',
  hairpin: true,
}

describe('the outer end', () => {
  const wanted = commandWith({}).network.interfaces[0]
  if (wanted === undefined) throw new Error('no interface')
  const name = (id: string, nonce: string, index: number) =>
    linkOf({ id, nonce }, index, wanted, 1500).outerName

  test('has a name of at most 15 characters that no other start has', () => {
    const names = [
      name('a', 'x', 0),
      name('a', 'x', 1),
      name('a', 'y', 0),
      name('b', 'x', 0),
      name('z'.repeat(128), 'x', 0),
    ]
    for (const one of names) expect(one).toMatch(/^execd[0-9a-f]{10}$/)
    expect(new Set(names).size).toBe(names.length)
    expect(name('a', 'x', 0)).toBe(names[0])
  })

  test('is tagged with the container, has a high address of its own and the MTU of the bridge', () => {
    const [link] = linksOf({})
    expect(link).toMatchObject({ alias: 'execd:box', mtu: 1450 })
    expect(link?.outerMac[0]).toBe(0xfe)
    expect(link?.outerMac).toHaveLength(6)
    expect(linksOf({ mtu: 1300 })[0]?.mtu).toBe(1300)
  })
})

describe('the steps of an interface', () => {
  const [full, bare] = linksOf(FULL, { name: 'net1' })
  if (full === undefined || bare === undefined) throw new Error('no links')

  test('the monitor makes both ends in one request and tags the outer one; hairpin where it is asked for', () => {
    const [first, second, third] = makeLink(full).map(([, one]) => one)
    const pair = createPair(
      { name: full.outerName, mac: full.outerMac, mtu: 1450 },
      { name: 'net0', mac: Buffer.of(2, 0, 0, 0, 0, 7), mtu: 1450 },
    )
    expect(first).toMatchObject({ phase: 'parent', interface: 'br0', ...pair })
    expect(second).toMatchObject({ phase: 'parent', indexAt: -1, childAt: -1 })
    expect(third).toMatchObject({ phase: 'parent' })
    expect(makeLink(bare)).toHaveLength(2)
  })

  test('the child brings the inner one up, then gives addresses, then routes', () => {
    const steps = configureLink(full).map(([, one]) => one)
    expect(steps).toEqual([
      expect.objectContaining({ phase: 'child', interface: '', message: setUp('net0').message }),
      expect.objectContaining({ interface: 'net0', ...addAddress(Buffer.of(10, 1, 2, 3), 16) }),
      expect.objectContaining({ interface: 'net0' }),
      expect.objectContaining({ interface: 'net0', ...addDefaultRoute(Buffer.of(10, 1, 0, 1), 0) }),
      expect.objectContaining({ interface: 'net0' }),
    ])
    expect(configureLink(bare)).toHaveLength(1)
  })

  test('the second gateway has a higher metric than the first', () => {
    const [, second] = linksOf({}, { name: 'net1', address: '10.9.0.2', gateway: '10.9.0.1' })
    const route = second === undefined ? undefined : configureLink(second).at(-1)?.[1]
    expect(route).toMatchObject(addDefaultRoute(Buffer.of(10, 9, 0, 1), 1))
  })

  test('each names its field', () => {
    const fields = [...makeLink(full), ...configureLink(full)].map(([about]) => [about.code, about.field])
    const at = (key: string) => ['EXECD_NETWORK', `network.interfaces[0]${key}`]
    expect(fields).toEqual([
      ...[at(''), at(''), at('.hairpin'), at('')],
      ...[at('.address'), at('.address6'), at('.gateway'), at('.gateway6')],
    ])
  })

  test('the last removes the pair by the name of the outer end', () => {
    expect(removeLink(full)).toMatchObject({ phase: 'cleanup', ...deleteLink(full.outerName) })
  })
})

describe('a plan with interfaces', () => {
  const command = commandWith(FULL)
  const links = linksOf(FULL)
  const CLONE_NEWNET = 0x4000_0000

  test.each([
    ['v1', V1],
    ['v2', V2],
  ] as const)('on %s the namespace is made with the child, and links before its word to go on', (_, at) => {
    const { steps } = buildRunPlan(runInput(command, { cgroup: groupsOf(at), links }))
    expect(only(steps, 'clone').flags & CLONE_NEWNET).toBe(CLONE_NEWNET)
    expect(stepsNamed(steps, 'unshare').every((one) => (one.flags & CLONE_NEWNET) === 0)).toBe(true)
    const netlink = stepsNamed(steps, 'netlink')
    expect(netlink.map((one) => one.phase).join(' ')).toBe(
      'parent parent parent child child child child child cleanup',
    )
    expect(steps.at(-1)).toEqual(netlink.at(-1))
    const inside = indexOf(steps, (one) => one.name === 'netlink' && one.phase === 'child')
    expect(inside).toBeGreaterThan(place(steps, 'loopback'))
    expect(inside).toBeLessThan(place(steps, 'pivot'))
    if (at === V1) expect(inside).toBeGreaterThan(place(steps, 'barrier'))
  })

  test('a container with limits is watched, on both versions', () => {
    for (const at of [V1, V2]) {
      const cgroup = groupsOf(at)
      const { steps } = buildRunPlan(runInput(commandOf(), { cgroup }))
      const { slot, version } = only(steps, 'watchOom')
      expect(version).toBe(at.version)
      const counter = stepsNamed(steps, 'read').find((one) => /memory\.(events|oom_control)$/.test(one.file))
      expect(slot).toBe(counter?.dir)
      expect(place(steps, 'watchOom')).toBeGreaterThan(place(steps, 'clone'))
    }
    expect(stepsNamed(buildRunPlan(runInput(commandOf())).steps, 'watchOom')).toEqual([])
  })
})

describe('what no kernel takes', () => {
  const check = (part: object) => () => {
    const wanted = commandWith(part).network.interfaces[0]
    if (wanted === undefined) throw new Error('no interface')
    checkInterface('box', wanted, 'network.interfaces[0]')
  }
  const refused = (path: string) =>
    expect.objectContaining({ code: 'EXECD_NETWORK', details: expect.objectContaining({ path }) })

  test('is refused by name; the rest is not', () => {
    expect(check(FULL)).not.toThrow()
    expect(check({ macAddress: '01:00:00:00:00:00' })).toThrow(refused('network.interfaces[0].macAddress'))
    expect(check({ macAddress: '00:00:00:00:00:00' })).toThrow(refused('network.interfaces[0].macAddress'))
    expect(check({ address6: 'fe80::1%eth0' })).toThrow(refused('network.interfaces[0].address6'))
    expect(check({ gateway6: 'fe80::1%eth0' })).toThrow(refused('network.interfaces[0].gateway6'))
  })
})
