import { CAPABILITIES, effectiveCapabilities, type ProcessSpec } from '@execd/core/driver'
import { RLIMIT } from '../linux/constants.js'
import { USER_FLAG } from '../plan/fields.js'
import { type StepOf, step } from '../plan/steps.js'
import type { About, PlanBuilder } from './builder.js'
import { numberOf, type UserChoice } from './user.js'

const SIGKILL = 9
const DEFAULT_PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin'

/** A program for seccomp(2) and the flags to load it with. */
export interface Filter {
  readonly program: Uint8Array
  readonly flags: number
}

export interface ProcessContext {
  readonly user: UserChoice
  /** setgroups(2) is denied in the user namespace. */
  readonly denySetgroups: boolean
  /** Which of descriptors 0, 1, 2 are pipes of ours, to be given to the user. */
  readonly ownedStdio: readonly [boolean, boolean, boolean]
  /** The compiled filter; null for none. */
  readonly seccomp: Filter | null
  /** Capabilities that there are to give; null for all, in a user namespace of its own. */
  readonly available: bigint | null
  /** A small init stays: as process 1 of the container, or as the reaper of this process's own tree; null for none. */
  readonly init: 'first' | 'subreaper' | null
}

/** A set of capabilities as the kernel's mask. */
export function capabilityMask(names: readonly string[]): bigint {
  return names.reduce(
    (mask, name) => mask | (1n << BigInt(CAPABILITIES.indexOf(name as (typeof CAPABILITIES)[number]))),
    0n,
  )
}

/** PATH, and TERM for a terminal, under what the command says; HOME is added by the helper, which knows the user's. */
export function environmentStep(process: ProcessSpec): StepOf<'env'> {
  const defaults: Record<string, string> = { PATH: DEFAULT_PATH }
  if (process.terminal) defaults.TERM = 'xterm'
  const variables = Object.entries({ ...defaults, ...process.env }).map(([key, value]) => `${key}=${value}`)
  return step.env({ variables })
}

export function execStep(process: ProcessSpec): StepOf<'exec'> {
  return step.exec({ args: process.args })
}

function rlimitValue(value: number | 'unlimited'): number {
  return value === 'unlimited' ? -1 : value
}

const FIELD = (name: string): string => `process.${name}`
const START = (action: string): About => ({ code: 'EXECD_START_FAILED', action })

/** What the process can be given at most. */
function capabilitiesOf(process: ProcessSpec, { available }: ProcessContext): bigint {
  const wanted = capabilityMask(effectiveCapabilities(process.capabilities))
  // what this process itself lacks it cannot give; checkCapabilities has refused those asked for by name
  return available === null ? wanted : wanted & available
}

/** What binds the next program only: the label and the bounding set. */
export function addBounds(builder: PlanBuilder, process: ProcessSpec, context: ProcessContext): void {
  if (process.apparmorProfile !== null) {
    builder.add(
      securityModule('apparmorProfile'),
      step.execAttr({ lsm: 'apparmor', value: `exec ${process.apparmorProfile}` }),
    )
  }
  if (process.selinuxLabel !== null) {
    builder.add(
      securityModule('selinuxLabel'),
      step.execAttr({ lsm: 'selinux', value: process.selinuxLabel }),
    )
  }
  builder.add(START('drop capabilities'), step.bound({ mask: capabilitiesOf(process, context) }))
}

/**
 * From a process inside its root, with its bounds set, to the command itself, in the order that security needs: limits, no_new_privs, user, capabilities,
 * init, session, folder, filter, exec. Without no_new_privs loading a filter needs CAP_SYS_ADMIN (seccomp(2)), so it comes before the capabilities go.
 */
export function addProcess(builder: PlanBuilder, process: ProcessSpec, context: ProcessContext): void {
  const limit: About = {
    code: 'EXECD_LIMIT',
    field: FIELD('rlimits'),
    action: 'set a resource limit',
    hint: 'raising a hard limit needs CAP_SYS_RESOURCE: ask for at most what this process has (ulimit -Ha)',
  }
  for (const { type, soft, hard } of process.rlimits) {
    builder.add(
      limit,
      step.rlimit({ resource: RLIMIT[type], soft: rlimitValue(soft), hard: rlimitValue(hard) }),
    )
  }
  builder.add(START('set the umask'), step.umask({ mask: process.umask }))
  const seccomp: About = { code: 'EXECD_SECCOMP', field: 'seccomp', action: 'load the system call filter' }
  if (process.noNewPrivileges) builder.add(START('set no_new_privs'), step.noNewPrivs())
  else if (context.seccomp !== null) builder.add(seccomp, seccompStep(context.seccomp))

  builder.add(START('set the environment'), environmentStep(process))
  builder.add(
    { code: 'EXECD_USER_NOT_FOUND', field: FIELD('user'), action: 'become the user' },
    userStep(process, context),
  )
  const ambient = capabilityMask(process.capabilities.ambient)
  builder.add(
    { code: 'EXECD_PERMISSION', field: FIELD('capabilities'), action: 'set the capabilities' },
    step.capset({ rootMask: capabilitiesOf(process, context), ambient }),
  )
  const lateFilter = process.noNewPrivileges ? context.seccomp : null
  if (context.init !== null && lateFilter !== null) builder.add(seccomp, seccompStep(lateFilter))
  // the init keeps no more rights than the command; the session and the parent death signal are the command's own
  if (context.init !== null)
    builder.add(START('leave an init process'), step.init({ subreaper: context.init === 'subreaper' }))
  builder.add(
    START('start a session'),
    step.session({ controllingTerminal: process.terminal }),
    step.keyring(),
  )
  builder.add(START('ask for the parent death signal'), step.pdeathsig({ signal: SIGKILL }))
  builder.add(
    {
      code: 'EXECD_WORKING_DIRECTORY',
      field: FIELD('cwd'),
      action: `change to the working directory ${process.cwd}`,
      hint: 'it must be a directory inside the container that the user may enter',
    },
    step.chdir({ path: process.cwd }),
  )
  if (context.init === null && lateFilter !== null) builder.add(seccomp, seccompStep(lateFilter))
  builder.add(
    { code: 'EXECD_START_FAILED', field: FIELD('args'), action: `execute ${process.args[0] ?? ''}` },
    execStep(process),
  )
}

function seccompStep(filter: Filter) {
  return step.seccomp({ flags: filter.flags, filter: filter.program })
}

function securityModule(name: string): About {
  return {
    code: 'EXECD_SECURITY_MODULE',
    field: `process.${name}`,
    action: 'ask for the profile',
    hint: 'the profile must be loaded on the host, and the security module be on',
  }
}

function userStep(process: ProcessSpec, context: ProcessContext) {
  const { user, group } = context.user
  const uid = numberOf(user)
  const gid = numberOf(group)
  let flags: number = USER_FLAG.home
  if (context.denySetgroups) flags |= USER_FLAG.keepGroups
  else flags |= USER_FLAG.memberships
  const [ownStdin, ownStdout, ownStderr] = context.ownedStdio
  if (ownStdin) flags |= USER_FLAG.ownStdin
  if (ownStdout) flags |= USER_FLAG.ownStdout
  if (ownStderr) flags |= USER_FLAG.ownStderr
  const extra = process.additionalGroups
  return step.user({
    uid: uid ?? -1,
    gid: gid ?? -1,
    // a user that the container does not know gets a group of its own number rather than root's
    fallbackGid: uid ?? 0,
    flags,
    user: user !== null && 'name' in user ? user.name : '',
    group: group !== null && 'name' in group ? group.name : '',
    extraGids: extra.filter((name) => /^\d+$/.test(name)).map(Number),
    extraGroups: extra.filter((name) => !/^\d+$/.test(name)),
  })
}
