import type { Unavailable } from '../types.js'

/** Why a limit that counts swap cannot be kept. */
export const NO_SWAP_ACCOUNTING: Unavailable = {
  reason: 'this kernel does not count swap by cgroup, so a limit on memory and swap would not hold',
  hint: 'boot with swapaccount=1, or allow swap without limit: memory.swap -1',
}

/** `unified` where the controllers are on v1. */
export const NO_UNIFIED: Unavailable = {
  reason: 'the controllers of this host are on cgroup v1; `unified` names files of v2',
  hint: 'use the named fields, or boot with systemd.unified_cgroup_hierarchy=1',
}

/** A controller of v1 that is on a hierarchy which is not mounted. */
export function notMounted(controller: string): Unavailable {
  const folder = `/sys/fs/cgroup/${controller}`
  return {
    reason: `the ${controller} controller is on a cgroup v1 hierarchy that is not mounted`,
    hint: `as root: mkdir -p ${folder}; mount -t cgroup -o ${controller} cgroup ${folder} (with all the controllers of its line in /proc/self/cgroup)`,
  }
}

/** A controller that the kernel does not have, or has switched off. */
export function noController(controller: string): Unavailable {
  const hint = `boot a kernel with the ${controller} controller on (see /proc/cgroups)`
  return { reason: `this host has no ${controller} cgroup controller`, hint }
}
