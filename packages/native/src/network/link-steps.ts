import type { About } from '../isolation/builder.js'
import { type Step, step } from '../plan/steps.js'
import { addressBytes, macBytes } from './addresses.js'
import type { Link } from './links.js'
import {
  addAddress,
  addDefaultRoute,
  createPair,
  deleteLink,
  setAlias,
  setHairpin,
  setUp,
} from './messages.js'
import type { NetlinkMessage } from './netlink.js'

/** A step with what it is for. */
export type AboutStep = readonly [about: About, step: Step]

/** Metric of the first default route: what ip(8) gives when none is named. */
const METRIC_4 = 0
const METRIC_6 = 1024

const about = (link: Link, key: string, action: string, hint: string): About => ({
  code: 'EXECD_NETWORK',
  field: `network.interfaces[${link.index}]${key}`,
  action,
  hint,
})

/** The monitor's: makes the pair in one request, and says whose it is. Pure. */
export function makeLink(link: Link): AboutStep[] {
  const { wanted, outerName, outerMac, mtu } = link
  const mac = wanted.macAddress === null ? null : macBytes(wanted.macAddress)
  const pair = createPair({ name: outerName, mac: outerMac, mtu }, { name: wanted.name, mac, mtu })
  const make = about(
    link,
    '',
    `make the interface ${wanted.name} at the bridge ${wanted.bridge}`,
    'the bridge must exist (ip link show type bridge), the name be free in the container, and the kernel have veth (as root: modprobe veth)',
  )
  const parent = (message: NetlinkMessage, index = ''): Step =>
    step.netlink({ phase: 'parent', interface: index, ...message })
  const tag = about(link, '', `tag the interface ${outerName}`, 'a tag has at most 255 bytes')
  const steps: AboutStep[] = [
    [make, parent(pair, wanted.bridge)],
    [tag, parent(setAlias(outerName, link.alias))],
  ]
  if (wanted.hairpin) {
    const hairpin = about(link, '.hairpin', 'set the hairpin mode', 'the port must be one of a Linux bridge')
    steps.push([hairpin, parent(setHairpin(outerName))])
  }
  return steps
}

/** The child's: brings the inner end up, gives it addresses and routes. Pure. */
export function configureLink(link: Link): AboutStep[] {
  const { name, address, prefixLength, gateway, address6, prefixLength6, gateway6 } = link.wanted
  const up = about(link, '', `bring ${name} up`, 'the kernel log (dmesg) may say why')
  const steps: AboutStep[] = [[up, step.netlink({ phase: 'child', interface: '', ...setUp(name) })]]
  const add = (
    key: string,
    given: string | null,
    hint: string,
    message: (of: Uint8Array) => NetlinkMessage,
  ) => {
    const bytes = given === null ? null : addressBytes(given)
    if (bytes === null) return
    const what = key.startsWith('.gateway') ? `route by way of ${given}` : `give ${name} the address ${given}`
    const fields = { phase: 'child', interface: name, ...message(bytes) } as const
    steps.push([about(link, key, what, hint), step.netlink(fields)])
  }
  const six = 'the kernel must have IPv6, and the MTU be 1280 or more'
  const near = 'a gateway must be an address that the prefix of the interface holds'
  add('.address', address, 'the address must be one of a single machine', (of) =>
    addAddress(of, prefixLength),
  )
  add('.address6', address6, six, (of) => addAddress(of, prefixLength6))
  // with several gateways that of the first interface is used
  const metric = (first: number): number => (link.index === 0 ? first : first + link.index)
  add('.gateway', gateway, near, (of) => addDefaultRoute(of, metric(METRIC_4)))
  add('.gateway6', gateway6, near, (of) => addDefaultRoute(of, metric(METRIC_6)))
  return steps
}

/** The monitor's last: the pair goes with the namespace, but some time after it; so it is removed by name. Pure. */
export function removeLink(link: Link): Step {
  return step.netlink({ phase: 'cleanup', interface: '', ...deleteLink(link.outerName) })
}
