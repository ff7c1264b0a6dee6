import { CAPABILITIES, type ProcessSpec } from '@execd/core/driver'
import type { CgroupPaths } from '@execd/linux/cgroup'

const CAP_MKNOD = 1n << BigInt(CAPABILITIES.indexOf('CAP_MKNOD'))

/**
 * Whether nothing but ownership keeps a container from devices: its root is the host's root, and there is no device cgroup to deny. Then it gets no
 * CAP_MKNOD, and device nodes of its root file system do not work (nodev). In a user namespace mknod(2) and device nodes are the kernel's to refuse. Pure.
 */
export function devicesUnguarded(
  groups: CgroupPaths | null,
  process: Pick<ProcessSpec, 'privileged'>,
  userNamespace: boolean,
): boolean {
  if (userNamespace || process.privileged) return false
  // on v2 the device program is attached wherever root makes a group
  return groups === null || (groups.version === 1 && groups.dirs.devices === undefined)
}

/** Capabilities that there are to give. Pure. */
export function availableCapabilities(own: bigint, unguarded: boolean): bigint {
  return unguarded ? own & ~CAP_MKNOD : own
}
