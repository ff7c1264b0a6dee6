import type { Given } from '../table/types.js'
import { UsageError } from '../usage-error.js'
import { compact } from './compact.js'
import { keyed, numeric, pair } from './words.js'

const INTERFACE_KEYS = {
  bridge: 'bridge',
  name: 'name',
  ip: 'ip',
  gateway: 'gateway',
  ip6: 'ip6',
  gateway6: 'gateway6',
  'mac-address': 'macAddress',
  mtu: 'mtu',
  hairpin: 'hairpin',
}

/** The network of --network. Pure. */
export function networkOf(given: Given): object | undefined {
  const texts = given.texts('network')
  const interfaces = texts.filter((text) => text.startsWith('bridge='))
  const [other] = texts.filter((text) => !interfaces.includes(text))
  if (other === undefined)
    return texts.length === 0 ? undefined : { mode: 'bridge', interfaces: interfaces.map(toInterface) }
  if (other === 'bridge')
    throw new UsageError('--network: wanted a bridge of the host, as bridge=BRIDGE; execd makes none')
  if (texts.length > 1) throw new UsageError('--network: wanted once, or only with interfaces (bridge=...)')
  const shared = sharedWith(other)
  if (shared === undefined) return { mode: other }
  return 'container' in shared ? { mode: 'container', ...shared } : { mode: 'path', ...shared }
}

function toInterface(text: string) {
  const words = new Map(keyed('network', text, INTERFACE_KEYS))
  const [address, prefixLength] = addressOf(words.get('ip'))
  const [address6, prefixLength6] = addressOf(words.get('ip6'))
  return compact({
    name: words.get('name'),
    bridge: words.get('bridge'),
    address,
    prefixLength,
    gateway: words.get('gateway'),
    address6,
    prefixLength6,
    gateway6: words.get('gateway6'),
    macAddress: words.get('macAddress'),
    mtu: numeric(words.get('mtu')),
    hairpin: words.has('hairpin') ? words.get('hairpin') === 'true' : undefined,
  })
}

function addressOf(text: string | undefined): [string | undefined, number | string | undefined] {
  const [address, length] = text?.split('/') ?? []
  return [address, numeric(length)]
}

/** The namespaces of --pid, --ipc, --uts, --cgroupns and --userns. Pure. */
export function namespacesOf(given: Given): object | undefined {
  const choice = (name: string): unknown => {
    const text = given.text(name)
    return text === undefined ? undefined : (sharedWith(text) ?? text)
  }
  return compact({
    pid: choice('pid'),
    ipc: choice('ipc'),
    uts: choice('uts'),
    cgroup: given.text('cgroupns'),
    user: given.text('userns'),
  })
}

/** "container:ID" and "path:FILE" as the schema has them. */
function sharedWith(text: string): { container: string } | { path: string } | undefined {
  if (text.startsWith('container:')) return { container: text.slice('container:'.length) }
  return text.startsWith('path:') ? { path: text.slice('path:'.length) } : undefined
}

/** The kernel parameters of --sysctl. Pure. */
export function sysctlOf(given: Given): Record<string, string> {
  return Object.fromEntries(
    given.texts('sysctl').map((text) => {
      const [key, value] = pair(text)
      if (value === undefined) throw new UsageError(`--sysctl: wanted KEY=VALUE, got ${JSON.stringify(text)}`)
      return [key, value]
    }),
  )
}
