import type { Data, Int } from './fields.js'
import type { StepName } from './ops.js'
import type { StepOf } from './steps.js'

/** The integers and strings of a step in the order in which the format has them. */
export interface Layout {
  readonly ints: readonly Int[]
  readonly strings: readonly Data[]
}

const bit = (value: boolean | undefined): number => (value === true ? 1 : 0)
const layout = (ints: readonly Int[] = [], strings: readonly Data[] = []): Layout => ({ ints, strings })

/** How each step is laid out: the table of docs/native-plan.md, in code. Fields that were left out get their defaults here. */
export const LAYOUT: { readonly [N in StepName]: (step: StepOf<N>) => Layout } = {
  clone: (s) =>
    layout([s.flags, bit(s.sync) | (bit(s.detached) << 1) | (bit(s.keepsTerminal) << 2), s.cgroupSlot ?? -1]),
  open: (s) => layout([s.slot, s.dir ?? -1, s.flags, s.type ?? 0], [s.path]),
  mkdir: (s) => layout([s.dir, s.mode, bit(s.existOk)], [s.file]),
  write: (s) => layout([s.dir], [s.file, s.data]),
  writeFd: (s) => layout([s.slot], [s.data]),
  writeChild: (s) => layout([], [s.file, s.data]),
  read: (s) => layout([s.dir], [s.file]),
  cgroupKill: (s) => layout([s.dir, s.version, s.timeoutMs]),
  rmdir: (s) => layout([s.dir, bit(s.recursive), s.timeoutMs, s.guard ?? -1], [s.file]),
  setns: (s) => layout([s.slot, s.flags]),
  pidfd: (s) => layout([s.slot, s.pid, s.startTime]),
  unshare: (s) => layout([s.flags]),
  setIds: (s) => layout([s.uid, s.gid]),
  propagate: (s) => layout([s.flags]),
  openTree: (s) => layout([s.slot, s.dir ?? -1, s.flags], [s.path]),
  fsmount: (s) => layout([s.slot, s.attrs], [s.type, ...(s.options ?? []).flat()]),
  setAttr: (s) =>
    layout([s.slot, s.set ?? 0, s.clear ?? 0, s.propagation ?? 0, bit(s.recursive), s.usernsSlot ?? -1]),
  root: (s) => layout([s.slot], [s.hostPath]),
  mount: (s) => layout([s.slot, bit(s.create), bit(s.nofollow)], [s.target]),
  dir: (s) => layout([s.mode], [s.path]),
  node: (s) => layout([s.mode, s.major ?? 0, s.minor ?? 0, s.uid ?? 0, s.gid ?? 0], [s.path]),
  symlink: (s) => layout([], [s.target, s.path]),
  nullDevice: (s) => layout([s.slot]),
  mask: (s) => layout([], s.paths),
  readonly: (s) => layout([], s.paths),
  pivot: () => layout(),
  hostname: (s) => layout([], [s.value]),
  domainname: (s) => layout([], [s.value]),
  sysctl: (s) => layout([], [s.key, s.value]),
  loopback: () => layout(),
  pty: (s) => layout([s.slot, s.rows, s.columns, s.uid, s.gid]),
  console: (s) => layout([], [s.path]),
  session: (s) => layout([bit(s.controllingTerminal)]),
  keyring: () => layout(),
  rlimit: (s) => layout([s.resource, s.soft, s.hard]),
  noNewPrivs: () => layout(),
  bound: (s) => layout([s.mask]),
  user: (s) =>
    layout(
      [s.uid ?? -1, s.gid ?? -1, s.fallbackGid ?? 0, s.flags ?? 0, ...(s.extraGids ?? [])],
      [s.user ?? '', s.group ?? '', ...(s.extraGroups ?? [])],
    ),
  capset: (s) => layout([s.rootMask, s.ambient]),
  umask: (s) => layout([s.mask]),
  chdir: (s) => layout([], [s.path]),
  execAttr: (s) => layout([s.lsm === 'apparmor' ? 1 : 2], [s.value]),
  pdeathsig: (s) => layout([s.signal]),
  seccomp: (s) => layout([s.flags ?? 0], [s.filter]),
  env: (s) => layout([], s.variables),
  init: (s) => layout([bit(s.subreaper)]),
  exec: (s) => layout([], s.args),
  save: (s) => layout([s.dir], [s.file]),
  deviceProgram: (s) => layout([s.slot], [s.program]),
  barrier: () => layout(),
  netlink: (s) => layout([s.indexAt ?? -1, s.childAt ?? -1], [s.interface, s.message]),
  watchOom: (s) => layout([s.slot, s.version]),
  userNamespace: (s) => layout([s.slot], [s.uidMap, s.gidMap]),
  tag: (s) => layout([s.slot], [s.attribute, s.value]),
  listen: (s) => layout([s.dir], [s.file]),
  record: (s) => layout([s.slot], [s.prefix ?? '']),
  log: (s) =>
    layout(
      [
        s.descriptors.reduce((bits, descriptor) => bits | (1 << descriptor), 0),
        s.dir,
        s.maxSize,
        s.maxFiles,
        bit(s.append),
        s.owner?.uid ?? -1,
        s.owner?.gid ?? -1,
      ],
      [s.file],
    ),
  hold: (s) => layout([bit(s.init)]),
}
