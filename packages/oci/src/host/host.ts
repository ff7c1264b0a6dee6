import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { release } from 'node:os'
import { CAPABILITIES } from '@execd/core/driver'
import { type CgroupsOfHost, readCgroups } from '@execd/linux/cgroup'

/** What this driver needs to know of the host. */
export interface Host {
  readonly root: boolean
  readonly kernel: string
  readonly cgroups: CgroupsOfHost
  /** Names of the capabilities that this process can give: those that it has itself, and in a user namespace all that the kernel knows. */
  readonly capabilities: ReadonlySet<string>
  readonly knownCapabilities: ReadonlySet<string>
  readonly mqueue: boolean
  readonly apparmor: boolean
  readonly selinux: boolean
  readonly overlay: boolean
  readonly seccomp: boolean
}

async function text(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8')
  } catch {
    return ''
  }
}

/** Looks at the host. Rejects only for a `cgroupParent` that is no path. */
export async function readHost(cgroupParent: string | null): Promise<Host> {
  const [cgroups, lastCap, status, apparmor, filesystems, actions] = await Promise.all([
    readCgroups(cgroupParent),
    text('/proc/sys/kernel/cap_last_cap'),
    text('/proc/self/status'),
    text('/sys/module/apparmor/parameters/enabled'),
    text('/proc/filesystems'),
    text('/proc/sys/kernel/seccomp/actions_avail'),
  ])
  const last = Number.parseInt(lastCap, 10)
  const known = Number.isNaN(last) ? CAPABILITIES : CAPABILITIES.slice(0, last + 1)
  const own = BigInt(`0x${/^CapPrm:\t([0-9a-f]+)$/m.exec(status)?.[1] ?? 'ffffffffffffffff'}`)
  return {
    root: process.geteuid?.() === 0,
    kernel: release(),
    cgroups,
    capabilities: new Set(known.filter((_, number) => ((own >> BigInt(number)) & 1n) === 1n)),
    knownCapabilities: new Set(known),
    mqueue: existsSync('/dev/mqueue'),
    apparmor: apparmor.trim() === 'Y',
    selinux: /\tselinuxfs$/m.test(filesystems) && existsSync('/sys/fs/selinux/enforce'),
    overlay: /\toverlay$/m.test(filesystems),
    seccomp: actions.trim() !== '',
  }
}
