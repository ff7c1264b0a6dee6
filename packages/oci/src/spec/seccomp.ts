import {
  ACTIONS,
  isAction,
  isOperator,
  listedArchitectures,
  MACHINES,
  namesOf,
  OPERATORS,
  parseValue,
  ruleApplies,
  ruleContext,
  type SeccompArg,
  type SeccompMachine,
  type SeccompProfile,
  type SeccompRule,
  type SeccompValue,
  socketFamilies,
} from '@execd/linux/seccomp'
import { ociError } from '../errors.js'
import { withoutEmpty } from './json.js'
import type { OciInteger, OciSeccomp, OciSeccompArg, OciSeccompRule } from './oci-types.js'

/** What a profile is resolved for. */
export interface SeccompContext {
  readonly arch: SeccompMachine
  /** Capabilities of the process. */
  readonly capabilities: readonly string[]
  /** Release of the kernel, such as "6.1.0". */
  readonly kernel: string
}

function refuse(what: string, hint: string): never {
  throw ociError('EXECD_SECCOMP', `a seccomp profile with ${what} cannot be used`, {
    hint,
    details: { path: 'seccomp' },
  })
}

function action(name: string, where: string): string {
  if (isAction(name)) return name
  return refuse(`the action ${JSON.stringify(name)} in ${where}`, `use one of ${ACTIONS.join(', ')}`)
}

function integer(value: SeccompValue, where: string): OciInteger {
  const number = parseValue(value)
  if (number === undefined)
    return refuse(`the value ${String(value)} in ${where}`, 'use a whole number from 0 to 2^64-1')
  return number > BigInt(Number.MAX_SAFE_INTEGER) ? number : Number(number)
}

function argument({ index, value, valueTwo, op }: SeccompArg, where: string): OciSeccompArg {
  if (!isOperator(op))
    refuse(`the operator ${JSON.stringify(op)} in ${where}`, `use one of ${OPERATORS.join(', ')}`)
  return {
    index,
    value: integer(value, where),
    ...(valueTwo === undefined ? {} : { valueTwo: integer(valueTwo, where) }),
    op,
  }
}

const LOW_WORD = 0xffffffff

/** A family of socket(2) is compared in the lower 32 bits: see socketFamilies. */
function socketArgs(args: readonly SeccompArg[]): OciSeccompArg[][] | null {
  const families = socketFamilies(args)
  if (families === null) return null
  return families.map((value) => [{ index: 0, value: LOW_WORD, valueTwo: value, op: 'SCMP_CMP_MASKED_EQ' }])
}

function rulesOf(rule: SeccompRule, index: number): OciSeccompRule[] {
  const where = `syscalls[${index}]`
  const names = namesOf(rule)
  const base = {
    action: action(rule.action, where),
    ...(rule.errnoRet === undefined ? {} : { errnoRet: rule.errnoRet }),
  }
  const args = (rule.args ?? []).map((each) => argument(each, where))
  const families = names.includes('socket') ? socketArgs(rule.args ?? []) : null
  const others = families === null ? names : names.filter((name) => name !== 'socket')
  return [
    ...(families ?? []).map((each) => ({ names: ['socket'], ...base, args: each })),
    ...(others.length === 0 ? [] : [withoutEmpty({ names: others, ...base, args })]),
  ]
}

/** The OCI form has the machine's own among the others, Docker's form does not. */
function architecturesOf(profile: SeccompProfile, arch: SeccompMachine): readonly string[] {
  const listed = listedArchitectures(profile, arch)
  return profile.architectures === undefined ? [MACHINES[arch].scmp, ...listed] : listed
}

/**
 * A profile as the specification has it: the rules of Docker's form that hang on capabilities, machine or kernel are decided. Pure.
 *
 * @throws ExecdError EXECD_SECCOMP for what has no meaning there.
 */
export function toOciSeccomp(profile: SeccompProfile, context: SeccompContext): OciSeccomp {
  const decided = ruleContext(context.arch, context.capabilities, context.kernel)
  const rules = (profile.syscalls ?? []).flatMap((rule, index) =>
    ruleApplies(rule, decided) ? rulesOf(rule, index) : [],
  )
  return withoutEmpty({
    defaultAction: action(profile.defaultAction, 'defaultAction'),
    defaultErrnoRet: profile.defaultErrnoRet,
    architectures: architecturesOf(profile, context.arch),
    flags: profile.flags,
    syscalls: rules,
  }) as OciSeccomp
}
