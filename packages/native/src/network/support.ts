import { readFileSync } from 'node:fs'
import type { ProbeCheck, Support } from '@execd/core/driver'
import type { HostFacts } from '../host/facts.js'

const CAP_NET_ADMIN = 12n

const INSTEAD = 'run as root, or use "none" or "host"'

/** Whether links between the host and a container can be made. Pure. */
export function interfaceSupport(facts: Pick<HostFacts, 'privileged' | 'capabilities'>): Support {
  if (!facts.privileged) {
    return { reason: 'an ordinary user cannot make a network device at a bridge of the host', hint: INSTEAD }
  }
  if (((facts.capabilities >> CAP_NET_ADMIN) & 1n) === 1n) return true
  return { reason: 'making network devices needs CAP_NET_ADMIN, which this process lacks', hint: INSTEAD }
}

/** The driver of a device, when the list of what is built in and that of the modules are there and neither has it. */
function lacks(kernel: string, module: string): boolean {
  try {
    const lists = ['modules.builtin', 'modules.dep'].map((name) =>
      readFileSync(`/lib/modules/${kernel}/${name}`, 'utf8'),
    )
    return !lists.some((list) => new RegExp(`/${module}\\.ko`, 'm').test(list))
  } catch {
    return false // a host without the lists may have it built in: the first container tells
  }
}

/** Whether containers can have interfaces at bridges. */
export function interfaceCheck(facts: HostFacts): ProbeCheck {
  const base = { name: 'network-interfaces', required: false }
  const support = interfaceSupport(facts)
  if (support !== true) {
    const { reason, hint = INSTEAD } = support
    return { ...base, status: 'degraded', reason, hint }
  }
  const missing = ['veth', 'bridge'].filter((module) => lacks(facts.kernel, module))
  if (missing.length === 0)
    return { ...base, status: 'ok', reason: 'containers can have interfaces at bridges of the host' }
  return {
    ...base,
    status: 'degraded',
    reason: `the kernel has no ${missing.join(' and no ')}`,
    hint: 'install the package with the other modules of this kernel (linux-modules-extra), or boot one that has them',
  }
}
