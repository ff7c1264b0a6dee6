import type { Unavailable } from './types.js'

/** Why a limit that counts swap cannot be kept. */
export const NO_SWAP_ACCOUNTING: Unavailable = {
  reason: 'this kernel does not count swap by cgroup, so a limit on memory and swap would not hold',
  hint: 'boot with swapaccount=1, or allow swap without limit: memory.swap -1',
}
