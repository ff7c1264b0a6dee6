import { type CgroupsOfHost, readCgroups } from '@execd/linux/cgroup'
import type { HostFacts } from './facts.js'
import { readHostFacts } from './read-facts.js'

/** Everything of the host that plans and capabilities depend on. */
export interface Host {
  readonly facts: HostFacts
  readonly cgroups: CgroupsOfHost
}

/** Looks at the host. `cgroupParent`: the driver's option. Rejects with EXECD_HOST or EXECD_INVALID_OPTION. */
export async function readHost(cgroupParent: string | null): Promise<Host> {
  const [facts, cgroups] = await Promise.all([readHostFacts(), readCgroups(cgroupParent)])
  return { facts, cgroups }
}
