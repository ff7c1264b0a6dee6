import { type SeccompAction, takesData } from '@execd/linux/seccomp'

// linux/seccomp.h: the upper 16 bits say what to do, the lower 16 carry its data.
const RETURN: Record<SeccompAction, number> = {
  SCMP_ACT_KILL_PROCESS: 0x8000_0000,
  SCMP_ACT_KILL_THREAD: 0x0000_0000,
  SCMP_ACT_KILL: 0x0000_0000,
  SCMP_ACT_TRAP: 0x0003_0000,
  SCMP_ACT_ERRNO: 0x0005_0000,
  SCMP_ACT_TRACE: 0x7ff0_0000,
  SCMP_ACT_LOG: 0x7ffc_0000,
  SCMP_ACT_ALLOW: 0x7fff_0000,
}

const EPERM = 1
const ENOSYS = 38

/** The value a filter returns for an action. `data` counts only where the action has some. */
export function returnValue(action: SeccompAction, data: number = EPERM): number {
  return takesData(action) ? RETURN[action] + data : RETURN[action]
}

export const RET_ENOSYS = returnValue('SCMP_ACT_ERRNO', ENOSYS)
export const RET_KILL_PROCESS = returnValue('SCMP_ACT_KILL_PROCESS')

/** Whether a call that gets this value is run, or at least left to a tracer. */
export function letsThrough(ret: number): boolean {
  return strictness(ret) >= RETURN.SCMP_ACT_TRACE
}

/**
 * Orders return values from strict to lax: the kernel compares the action of several filters as signed 32-bit numbers
 * and takes the smallest, which puts KILL_PROCESS (the sign bit) first.
 */
export function strictness(ret: number): number {
  return (ret & 0xffff_0000) | 0
}
