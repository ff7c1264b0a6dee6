import type { SeccompAction } from './profile.js'

/** Actions by name; the highest number that may come with one, null for those that take none. */
const DATA: Readonly<Record<SeccompAction, number | null>> = {
  SCMP_ACT_ALLOW: null,
  // the kernel caps an errno at MAX_ERRNO
  SCMP_ACT_ERRNO: 4095,
  SCMP_ACT_KILL: null,
  SCMP_ACT_KILL_PROCESS: null,
  SCMP_ACT_KILL_THREAD: null,
  SCMP_ACT_LOG: null,
  // a tracer's message has 16 bits
  SCMP_ACT_TRACE: 0xffff,
  SCMP_ACT_TRAP: null,
}

/** Names of the actions that a profile may ask for. */
export const ACTIONS: readonly string[] = Object.keys(DATA)

export function isAction(value: unknown): value is SeccompAction {
  return typeof value === 'string' && Object.hasOwn(DATA, value)
}

/** Whether `errnoRet` means something for this action. */
export function takesData(action: SeccompAction): boolean {
  return DATA[action] !== null
}

/** The largest `errnoRet` of an action. */
export function maxData(action: SeccompAction): number {
  return DATA[action] ?? 0
}
