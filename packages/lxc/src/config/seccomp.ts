import {
  isOperator,
  namesOf,
  OPERATORS,
  ruleApplies,
  ruleContext,
  type SeccompArg,
  type SeccompMachine,
  type SeccompProfile,
  type SeccompRule,
  socketFamilies,
} from '@execd/linux/seccomp'
import { lxcError } from '../errors.js'

/** What a profile is rendered for. */
export interface SeccompContext {
  readonly arch: SeccompMachine
  readonly capabilities: readonly string[]
  /** Release of the kernel, such as "6.1.0". */
  readonly kernel: string
  /** Every system call known when the profile was written; what is in neither answers ENOSYS. */
  readonly known: readonly string[]
}

const EPERM = 1
const ENOSYS = 38
/** The part of a policy that holds for the machine's own entry point. */
const SECTION = { x64: '[x86_64]', arm64: '[arm64]' } as const

function refuse(what: string, hint: string): never {
  throw lxcError('EXECD_SECCOMP', `LXC cannot express ${what}`, { hint, details: { path: 'seccomp' } })
}

/** An action as LXC's parser reads it (seccomp.c, get_v2_default_action). */
function actionWord(action: string, errno: number | undefined, what: string): string {
  switch (action) {
    case 'SCMP_ACT_ALLOW':
      return 'allow'
    case 'SCMP_ACT_ERRNO':
      return `errno ${errno ?? EPERM}`
    case 'SCMP_ACT_KILL':
    case 'SCMP_ACT_KILL_THREAD':
      return 'kill'
    case 'SCMP_ACT_TRAP':
      return 'trap'
    default:
      return refuse(`${what} with the action ${action}`, 'LXC knows ALLOW, ERRNO, KILL and TRAP')
  }
}

const LOW_WORD = 0xffffffff

/**
 * Conditions as LXC writes them: "[index,value,operator]", and for a mask "[index,value,SCMP_CMP_MASKED_EQ,mask]". A family of socket(2) is listed by value with a
 * mask of 32 bits: compared in 64, "not 40" would let 2^32 + 40 through, of which the kernel reads 40.
 */
function conditions(name: string, args: readonly SeccompArg[], what: string): string[] {
  for (const { op } of args)
    if (!isOperator(op)) refuse(`${what} with the operator ${op}`, `use one of ${OPERATORS.join(', ')}`)
  const families = name === 'socket' ? socketFamilies(args) : null
  if (families !== null) return families.map((value) => `[0,${value},SCMP_CMP_MASKED_EQ,${LOW_WORD}]`)
  const texts = args.map(({ index, value, valueTwo, op }) =>
    op === 'SCMP_CMP_MASKED_EQ' ? `[${index},${valueTwo ?? 0},${op},${value}]` : `[${index},${value},${op}]`,
  )
  return [texts.join(',')]
}

function ruleLines(rule: SeccompRule, name: string, index: number): string[] {
  const what = `rule ${index}`
  const word = actionWord(rule.action, rule.errnoRet, what)
  const args = rule.args ?? []
  return args.length === 0
    ? [`${name} ${word}`]
    : conditions(name, args, what).map((text) => `${name} ${word} ${text}`)
}

/**
 * A policy of LXC (version 2) from a profile: for the machine's own system calls only, others are killed. A call that the profile refuses by its default and that
 * was known when it was written gets the default's error; one that is newer gets ENOSYS, which C libraries need to fall back to older calls. Pure.
 *
 * @throws ExecdError EXECD_SECCOMP for what LXC has no words for.
 */
export function renderSeccomp(profile: SeccompProfile, context: SeccompContext): string {
  const fallback = actionWord(profile.defaultAction, profile.defaultErrnoRet, 'a default')
  const otherwise = fallback.startsWith('errno') ? `errno ${ENOSYS}` : fallback
  const lines: string[] = []
  const named = new Set<string>()
  const rules = ruleContext(context.arch, context.capabilities, context.kernel)
  for (const [index, rule] of (profile.syscalls ?? []).entries()) {
    if (!ruleApplies(rule, rules)) continue
    // libseccomp refuses a rule that does what happens anyway
    const same = actionWord(rule.action, rule.errnoRet, `rule ${index}`) === otherwise
    for (const name of namesOf(rule)) {
      if (!/^[a-z0-9_]+$/.test(name))
        refuse(`the name ${JSON.stringify(name)} of a system call`, 'use names such as "openat"')
      named.add(name)
      if (!same) lines.push(...ruleLines(rule, name, index))
    }
  }
  const refused =
    otherwise === fallback
      ? []
      : context.known.filter((name) => !named.has(name)).map((name) => `${name} ${fallback}`)
  const style = otherwise === 'allow' ? 'denylist' : 'allowlist'
  return ['2', `${style} ${otherwise}`, SECTION[context.arch], ...lines, ...refused, ''].join('\n')
}
