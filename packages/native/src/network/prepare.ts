import { randomBytes } from 'node:crypto'
import { access, readFile } from 'node:fs/promises'
import { type Command, ExecdError } from '@execd/core/driver'
import { addressBytes, isOwnMac, macBytes } from './addresses.js'
import { type Link, linkOf } from './links.js'

type Interface = Command['network']['interfaces'][number]

/** Where the kernel shows network devices: those of the namespace that /sys was mounted in. */
const DEVICES = '/sys/class/net'

/** MTU of a bridge in bytes; null when there is no bridge of that name. */
async function mtuOfBridge(name: string): Promise<number | null> {
  try {
    await access(`${DEVICES}/${name}/bridge`)
    return Number((await readFile(`${DEVICES}/${name}/mtu`, 'utf8')).trim())
  } catch {
    return null
  }
}

function refuse(id: string, path: string, got: string, message: string, hint: string): ExecdError {
  return new ExecdError('EXECD_NETWORK', message, {
    hint,
    details: { driver: 'native', container: id, path, got },
  })
}

/** What the schema lets through and no kernel takes. Pure. Throws EXECD_NETWORK. */
export function checkInterface(id: string, wanted: Interface, path: string): void {
  if (wanted.macAddress !== null && !isOwnMac(macBytes(wanted.macAddress))) {
    throw refuse(
      id,
      `${path}.macAddress`,
      wanted.macAddress,
      `${wanted.macAddress} is no address of one interface: it is a group's, or all zeros`,
      'take an even first byte, such as 02:00:00:00:00:01',
    )
  }
  for (const key of ['address6', 'gateway6'] as const) {
    const address = wanted[key]
    if (address === null || addressBytes(address) !== null) continue
    throw refuse(id, `${path}.${key}`, address, `${address} names a zone`, 'leave out what follows the "%"')
  }
}

/**
 * The links that a command asks for: none but with mode "bridge". Rejects with EXECD_NETWORK when a bridge does not exist, or an
 * address is none that an interface can have.
 */
export async function prepareLinks({ id, network }: Command, tag: string | null): Promise<Link[]> {
  const nonce = randomBytes(16).toString('hex')
  return Promise.all(
    network.interfaces.map(async (wanted, index) => {
      const path = `network.interfaces[${index}]`
      checkInterface(id, wanted, path)
      const mtu = await mtuOfBridge(wanted.bridge)
      if (mtu !== null) return linkOf({ id, nonce, tag }, index, wanted, mtu)
      throw refuse(
        id,
        `${path}.bridge`,
        wanted.bridge,
        `there is no bridge ${wanted.bridge} on the host`,
        `as root: ip link add ${wanted.bridge} type bridge && ip link set ${wanted.bridge} up`,
      )
    }),
  )
}
