/**
 * The numbers of the plan format: who carries a step out, and what the step is. The init helper (helper/plan.h) has the same
 * table; docs/native-plan.md describes both.
 */

/** Who carries a step out and when. */
export const PHASE = {
  /** The monitor, before the child exists. */
  host: 0,
  /** The monitor, after the child exists and before it may go on. */
  parent: 1,
  /** The child, up to its exec. */
  child: 2,
  /** The monitor, when the child has ended. */
  report: 3,
  /** The monitor, last, after success and after failure. */
  cleanup: 4,
} as const

/** Name of a phase. */
export type Phase = keyof typeof PHASE

/** The number of each step in the format. 36 is kept free: earlier drafts had nice and I/O priority there. */
export const OP = {
  clone: 1,
  open: 2,
  mkdir: 3,
  write: 4,
  writeFd: 5,
  writeChild: 6,
  read: 7,
  cgroupKill: 8,
  rmdir: 9,
  setns: 10,
  pidfd: 11,
  unshare: 12,
  setIds: 13,
  propagate: 14,
  openTree: 15,
  fsmount: 16,
  setAttr: 17,
  root: 18,
  mount: 19,
  dir: 20,
  node: 21,
  symlink: 22,
  nullDevice: 23,
  mask: 24,
  readonly: 25,
  pivot: 26,
  hostname: 27,
  domainname: 28,
  sysctl: 29,
  loopback: 30,
  pty: 31,
  console: 32,
  session: 33,
  keyring: 34,
  rlimit: 35,
  noNewPrivs: 37,
  bound: 38,
  user: 39,
  capset: 40,
  umask: 41,
  chdir: 42,
  execAttr: 43,
  pdeathsig: 44,
  seccomp: 45,
  env: 46,
  init: 47,
  exec: 48,
  save: 49,
  deviceProgram: 50,
  barrier: 51,
  netlink: 52,
  watchOom: 53,
  tag: 54,
  listen: 55,
  record: 56,
  log: 57,
  userNamespace: 58,
  hold: 59,
} as const

/** Name of a step. */
export type StepName = keyof typeof OP

/** First bytes of a plan: "XDP1". */
export const PLAN_MAGIC = 0x31504458
/** Version of the format that this module writes. */
export const PLAN_VERSION = 1
/** Largest plan the helper takes, in bytes. */
export const PLAN_MAX_SIZE = 8 * 1024 * 1024
/** Most steps in a plan. */
export const PLAN_MAX_STEPS = 1024
/** Most integers in a step. */
export const STEP_MAX_INTS = 72
/** Most strings in a step (a u16 in the format). */
export const STEP_MAX_STRINGS = 65_535
/** Slots are 0 to 63. */
export const SLOT_COUNT = 64
/** The last two slots are for what is added to a plan that is whole without it: one from the beginning to the end, one for the moment. */
export const STATE_SLOT = SLOT_COUNT - 1
export const EXTRA_SLOT = SLOT_COUNT - 2
/** Slot n is descriptor `SLOT_BASE + n` in the helper and its child. */
export const SLOT_BASE = 64

/** The path by which a step's string names a slot, for a value such as an overlay's lowerdir. */
export function slotPath(slot: number): string {
  return `/proc/self/fd/${SLOT_BASE + slot}`
}
