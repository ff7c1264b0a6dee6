import { type Attribute, type NetlinkMessage, netlinkMessage, text, u8, u32 } from './netlink.js'

/** What is said to the kernel for a pair of interfaces; numbers of include/uapi/linux/{rtnetlink,if_link,if_addr,veth}.h. */

const RTM_NEWLINK = 16
const RTM_DELLINK = 17
const RTM_SETLINK = 19
const RTM_NEWADDR = 20
const RTM_NEWROUTE = 24
const NLM_F_EXCL = 0x200
const NLM_F_CREATE = 0x400
const IFF_UP = 1
const IFLA_ADDRESS = 1
const IFLA_IFNAME = 3
const IFLA_MTU = 4
const IFLA_MASTER = 10
const IFLA_LINKINFO = 18
const IFLA_NET_NS_PID = 19
const IFLA_IFALIAS = 20
const IFLA_INFO_KIND = 1
const IFLA_INFO_DATA = 2
const IFLA_INFO_SLAVE_KIND = 4
const IFLA_INFO_SLAVE_DATA = 5
const VETH_INFO_PEER = 1
const IFLA_BRPORT_MODE = 4
const IFA_ADDRESS = 1
const IFA_LOCAL = 2
const IFA_F_NODAD = 2
const RTA_OIF = 4
const RTA_GATEWAY = 5
const RTA_PRIORITY = 6
const RT_TABLE_MAIN = 254
const RTPROT_STATIC = 4
const RTN_UNICAST = 1
const AF_INET = 2
const AF_INET6 = 10

/** struct ifinfomsg: which device by name, and its flags. */
function linkStructure(up: boolean): Uint8Array {
  const out = Buffer.alloc(16)
  out.writeUInt32LE(up ? IFF_UP : 0, 8)
  out.writeUInt32LE(up ? IFF_UP : 0, 12)
  return out
}

export interface PairEnd {
  readonly name: string
  /** Null: chosen by the kernel. */
  readonly mac: Uint8Array | null
  readonly mtu: number
}

const endAttributes = ({ name, mac, mtu }: PairEnd): Attribute[] => [
  { type: IFLA_IFNAME, value: text(name) },
  { type: IFLA_MTU, value: u32(mtu) },
  ...(mac === null ? [] : [{ type: IFLA_ADDRESS, value: mac }]),
]

/**
 * Makes both ends at once: the outer one up and a port of the bridge (blank "index"), the inner one in the child's network namespace. It stays
 * down: the kernel opens neither end of a pair before both are there.
 */
export function createPair(outer: PairEnd, inner: PairEnd): NetlinkMessage {
  const peer = {
    structure: linkStructure(false),
    attributes: [{ type: IFLA_NET_NS_PID, value: 'child' as const }, ...endAttributes(inner)],
  }
  return netlinkMessage({
    type: RTM_NEWLINK,
    flags: NLM_F_CREATE | NLM_F_EXCL,
    structure: linkStructure(true),
    attributes: [
      { type: IFLA_MASTER, value: 'index' },
      ...endAttributes(outer),
      {
        type: IFLA_LINKINFO,
        value: {
          attributes: [
            { type: IFLA_INFO_KIND, value: text('veth') },
            { type: IFLA_INFO_DATA, value: { attributes: [{ type: VETH_INFO_PEER, value: peer }] } },
          ],
        },
      },
    ],
  })
}

/** Brings a device up. */
export function setUp(name: string): NetlinkMessage {
  return netlinkMessage({
    type: RTM_SETLINK,
    structure: linkStructure(true),
    attributes: [{ type: IFLA_IFNAME, value: text(name) }],
  })
}

/** Tags a device. */
export function setAlias(name: string, alias: string): NetlinkMessage {
  return netlinkMessage({
    type: RTM_SETLINK,
    structure: linkStructure(false),
    attributes: [
      { type: IFLA_IFNAME, value: text(name) },
      { type: IFLA_IFALIAS, value: text(alias) },
    ],
  })
}

/** Lets the bridge send back out of this port what came in by it. The device must be a port of a bridge. */
export function setHairpin(name: string): NetlinkMessage {
  const port = { attributes: [{ type: IFLA_BRPORT_MODE, value: u8(1) }] }
  return netlinkMessage({
    type: RTM_NEWLINK,
    structure: linkStructure(false),
    attributes: [
      { type: IFLA_IFNAME, value: text(name) },
      {
        type: IFLA_LINKINFO,
        value: {
          attributes: [
            { type: IFLA_INFO_SLAVE_KIND, value: text('bridge') },
            { type: IFLA_INFO_SLAVE_DATA, value: port },
          ],
        },
      },
    ],
  })
}

/** Removes a device, and with one end of a pair the other. */
export function deleteLink(name: string): NetlinkMessage {
  return netlinkMessage({
    type: RTM_DELLINK,
    structure: linkStructure(false),
    attributes: [{ type: IFLA_IFNAME, value: text(name) }],
  })
}

/** Gives an interface (blank "index") an address. An IPv6 one is in use at once: no search for a duplicate (RFC 4862, 5.4). */
export function addAddress(address: Uint8Array, prefixLength: number): NetlinkMessage {
  const six = address.length === 16
  const structure = Buffer.of(six ? AF_INET6 : AF_INET, prefixLength, six ? IFA_F_NODAD : 0, 0, 0, 0, 0, 0)
  return netlinkMessage({
    type: RTM_NEWADDR,
    flags: NLM_F_CREATE | NLM_F_EXCL,
    structure,
    indexInStructure: 4,
    attributes: [
      { type: IFA_LOCAL, value: address },
      { type: IFA_ADDRESS, value: address },
    ],
  })
}

/** The default route by way of a gateway that is reached through an interface (blank "index"). `metric`: the lowest is used. */
export function addDefaultRoute(gateway: Uint8Array, metric: number): NetlinkMessage {
  const family = gateway.length === 16 ? AF_INET6 : AF_INET
  const structure = Buffer.of(family, 0, 0, 0, RT_TABLE_MAIN, RTPROT_STATIC, 0, RTN_UNICAST, 0, 0, 0, 0)
  return netlinkMessage({
    type: RTM_NEWROUTE,
    flags: NLM_F_CREATE | NLM_F_EXCL,
    structure,
    attributes: [
      { type: RTA_GATEWAY, value: gateway },
      { type: RTA_OIF, value: 'index' },
      ...(metric === 0 ? [] : [{ type: RTA_PRIORITY, value: u32(metric) }]),
    ],
  })
}
