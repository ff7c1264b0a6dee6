import { type CgroupPaths, freeze, readPids, thaw } from '@execd/linux/cgroup'
import { type ProcessIdentity, readStat } from '@execd/linux/proc'
import { lxcError } from '../errors.js'
import { sendSignal } from './signal-chain.js'

const LONGEST_MS = 1000

/**
 * Sends a signal to a process of a cgroup, and never to another that got its pid: the group is frozen for a moment, in which none of its processes ends. For processes
 * whose parent must not be stopped, or is not known. A process that cannot be frozen, in a system call that does not give way, does not end either.
 * `frozen`: it is already, and stays so.
 *
 * @throws ExecdError EXECD_NOT_RUNNING, EXECD_PERMISSION
 */
export async function signalFrozen(
  groups: CgroupPaths,
  target: ProcessIdentity,
  signal: number,
  frozen = false,
): Promise<void> {
  if (!frozen) await freeze(groups, LONGEST_MS).catch(() => {})
  try {
    const stat = readStat(target.pid)
    const there = stat?.startTime === target.startTime && stat.state !== 'Z'
    if (!there || !(await readPids(groups)).includes(target.pid))
      throw lxcError('EXECD_NOT_RUNNING', `process ${target.pid} has ended`)
    sendSignal(target.pid, signal, target.pid)
  } finally {
    if (!frozen) await thaw(groups).catch(() => {}) // gone
  }
}
