import type { PhasesOf, StepFields } from './fields.js'
import type { Phase, StepName } from './ops.js'

/** A step of a plan by its name: its fields and the phase it belongs to. Plain data. */
export type StepOf<N extends StepName> = { readonly name: N; readonly phase: PhasesOf<N> } & Readonly<
  StepFields[N]
>

/** Any step, told apart by `name`. */
export type Step = { [N in StepName]: StepOf<N> }[StepName]

/** The phases that each step may be in; the helper refuses others. The first is the default of the constructor. */
export const STEP_PHASES: { readonly [N in StepName]: readonly PhasesOf<N>[] } = {
  clone: ['host'],
  open: ['child', 'host', 'parent'],
  mkdir: ['child', 'host', 'parent'],
  write: ['child', 'host', 'parent'],
  writeFd: ['child', 'host', 'parent'],
  writeChild: ['parent'],
  read: ['report'],
  cgroupKill: ['cleanup'],
  rmdir: ['cleanup'],
  setns: ['child', 'host'],
  pidfd: ['host'],
  unshare: ['child', 'host'],
  setIds: ['child', 'host'],
  propagate: ['child', 'host'],
  openTree: ['child', 'host'],
  fsmount: ['child', 'host'],
  setAttr: ['child', 'host'],
  root: ['child'],
  mount: ['child'],
  dir: ['child'],
  node: ['child'],
  symlink: ['child'],
  nullDevice: ['child'],
  mask: ['child'],
  readonly: ['child'],
  pivot: ['child'],
  hostname: ['child'],
  domainname: ['child'],
  sysctl: ['child'],
  loopback: ['child'],
  pty: ['child'],
  console: ['child'],
  session: ['child'],
  keyring: ['child'],
  rlimit: ['child'],
  noNewPrivs: ['child'],
  bound: ['child'],
  user: ['child'],
  capset: ['child'],
  umask: ['child'],
  chdir: ['child'],
  execAttr: ['child'],
  pdeathsig: ['child'],
  seccomp: ['child'],
  env: ['child'],
  init: ['child'],
  exec: ['child'],
  save: ['cleanup'],
  deviceProgram: ['host', 'parent'],
  barrier: ['child'],
  netlink: ['child', 'parent', 'cleanup'],
  watchOom: ['parent'],
  userNamespace: ['host'],
  tag: ['host', 'parent'],
  listen: ['host'],
  record: ['parent'],
  log: ['host'],
  hold: ['child'],
}

/** What a constructor takes: the fields, and the phase where there is a choice (default child). */
type Arguments<N extends StepName> = Readonly<StepFields[N]> & { readonly phase?: PhasesOf<N> }

type Constructor<N extends StepName> =
  object extends Arguments<N> ? (fields?: Arguments<N>) => StepOf<N> : (fields: Arguments<N>) => StepOf<N>

type Constructors = { readonly [N in StepName]: Constructor<N> }

function constructorOf(name: StepName, phase: Phase): (fields?: object) => unknown {
  return (fields) => ({ name, phase, ...fields })
}

/**
 * One constructor for each step: `step.open({ phase: 'host', slot: 0, flags: O_PATH, path: '/srv' })`. They check nothing;
 * `encodePlan` does.
 */
export const step: Constructors = Object.fromEntries(
  Object.entries(STEP_PHASES).map(([name, phases]) => [
    name,
    constructorOf(name as StepName, phases[0] as Phase),
  ]),
) as unknown as Constructors
