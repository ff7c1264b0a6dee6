import { effectiveCapabilities, type ProcessSpec } from '@execd/core/driver'

/**
 * Whether a process could trace the helper while that joins its container, before rights are dropped: CAP_SYS_PTRACE of the host's user namespace overrides
 * that the helper is not dumpable (ptrace(2), "Ptrace access mode checking"; CVE-2016-9962). A privileged process is no boundary anyway. Pure.
 */
export function mayTraceJoiners(
  process: Pick<ProcessSpec, 'capabilities' | 'privileged'>,
  ownUserNamespace: boolean,
): boolean {
  if (ownUserNamespace || process.privileged) return false
  return effectiveCapabilities(process.capabilities).includes('CAP_SYS_PTRACE')
}
