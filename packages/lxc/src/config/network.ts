import type { Network } from '@execd/core/driver'
import { unsupported } from '../errors.js'
import { line } from './lines.js'

type Interface = Network['interfaces'][number]

function interfaceLines(item: Interface, index: number): string[] {
  const key = (name: string): string => `lxc.net.${index}.${name}`
  if (item.hairpin)
    throw unsupported(
      `network.interfaces[${index}].hairpin`,
      'LXC does not set the mode of a port of a bridge',
      'leave it out',
    )
  const lines = [
    line(key('type'), 'veth'),
    line(key('link'), item.bridge),
    line(key('name'), item.name),
    line(key('flags'), 'up'),
  ]
  if (item.macAddress !== null) lines.push(line(key('hwaddr'), item.macAddress))
  if (item.mtu !== null) lines.push(line(key('mtu'), item.mtu))
  if (item.address !== null) lines.push(line(key('ipv4.address'), `${item.address}/${item.prefixLength}`))
  if (item.gateway !== null) lines.push(line(key('ipv4.gateway'), item.gateway))
  if (item.address6 !== null) lines.push(line(key('ipv6.address'), `${item.address6}/${item.prefixLength6}`))
  if (item.gateway6 !== null) lines.push(line(key('ipv6.gateway'), item.gateway6))
  return lines
}

/** The network. `shared` is the path of the namespace to join with the modes "container" and "path". */
export function networkLines(network: Network, shared: string | null): string[] {
  switch (network.mode) {
    case 'none':
      return [line('lxc.net.0.type', 'empty'), line('lxc.net.0.flags', 'up')]
    case 'host':
      return [line('lxc.net.0.type', 'none')]
    case 'bridge':
      return network.interfaces.flatMap(interfaceLines)
    default:
      return [line('lxc.namespace.share.net', shared ?? '')]
  }
}
