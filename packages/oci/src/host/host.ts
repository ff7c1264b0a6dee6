import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { release } from 'node:os'
import { type CgroupsOfHost, readCgroups } from '@execd/linux/cgroup'
import { type KernelFeatures, readCapabilities, readKernelFeatures } from '@execd/linux/kernel'

/** What this driver needs to know of the host. */
export interface Host extends KernelFeatures {
  readonly root: boolean
  readonly kernel: string
  readonly cgroups: CgroupsOfHost
  /** Names of the capabilities that this process can give: those that it has itself, and in a user namespace all that the kernel knows. */
  readonly capabilities: ReadonlySet<string>
  readonly knownCapabilities: ReadonlySet<string>
  readonly mqueue: boolean
}

/** Looks at the host. Rejects only for a `cgroupParent` that is no path. */
export async function readHost(cgroupParent: string | null): Promise<Host> {
  const [cgroups, status, known, features] = await Promise.all([
    readCgroups(cgroupParent),
    readFile('/proc/self/status', 'utf8').catch(() => ''),
    readCapabilities(),
    readKernelFeatures(),
  ])
  const own = BigInt(`0x${/^CapPrm:\t([0-9a-f]+)$/m.exec(status)?.[1] ?? 'ffffffffffffffff'}`)
  return {
    ...features,
    root: process.geteuid?.() === 0,
    kernel: release(),
    cgroups,
    capabilities: new Set(known.filter((_, number) => ((own >> BigInt(number)) & 1n) === 1n)),
    knownCapabilities: new Set(known),
    mqueue: existsSync('/dev/mqueue'),
  }
}
