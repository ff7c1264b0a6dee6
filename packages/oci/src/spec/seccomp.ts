import { ociError } from '../errors.js'
import { withoutEmpty } from './json.js'
import type { OciInteger, OciSeccomp, OciSeccompArg, OciSeccompRule } from './oci-types.js'
import {
  architecturesOf,
  type ProfileArg,
  type ProfileRule,
  type SeccompContext,
  type SeccompProfile,
  takesPart,
} from './seccomp-profile.js'

const ACTIONS: ReadonlySet<string> = new Set(
  ['ALLOW', 'ERRNO', 'KILL', 'KILL_PROCESS', 'KILL_THREAD', 'LOG', 'TRACE', 'TRAP'].map(
    (name) => `SCMP_ACT_${name}`,
  ),
)
const OPERATORS: ReadonlySet<string> = new Set(
  ['NE', 'LT', 'LE', 'EQ', 'GE', 'GT', 'MASKED_EQ'].map((name) => `SCMP_CMP_${name}`),
)

function refuse(what: string, hint: string): never {
  throw ociError('EXECD_SECCOMP', `a seccomp profile with ${what} cannot be used`, {
    hint,
    details: { path: 'seccomp' },
  })
}

function action(name: string, where: string): string {
  if (ACTIONS.has(name)) return name
  return refuse(`the action ${JSON.stringify(name)} in ${where}`, `use one of ${[...ACTIONS].join(', ')}`)
}

function integer(value: number | string, where: string): OciInteger {
  const text = String(value)
  if (!/^(\d+|0x[0-9a-f]+)$/i.test(text) || BigInt(text) >= 2n ** 64n)
    refuse(`the value ${JSON.stringify(value)} in ${where}`, 'use a whole number from 0 to 2^64-1')
  return BigInt(text) > BigInt(Number.MAX_SAFE_INTEGER) ? BigInt(text) : Number(text)
}

function argument({ index, value, valueTwo, op }: ProfileArg, where: string): OciSeccompArg {
  if (!OPERATORS.has(op))
    refuse(`the operator ${JSON.stringify(op)} in ${where}`, `use one of ${[...OPERATORS].join(', ')}`)
  return {
    index,
    value: integer(value, where),
    ...(valueTwo === undefined ? {} : { valueTwo: integer(valueTwo, where) }),
    op,
  }
}

const LARGEST_FAMILY = 63
const LOW_WORD = 0xffffffff

/** Whether a small number meets a condition. */
function meets(value: number, { op, value: wanted, valueTwo }: OciSeccompArg): boolean {
  const other = Number(wanted)
  switch (op) {
    case 'SCMP_CMP_NE':
      return value !== other
    case 'SCMP_CMP_LT':
      return value < other
    case 'SCMP_CMP_LE':
      return value <= other
    case 'SCMP_CMP_GE':
      return value >= other
    case 'SCMP_CMP_GT':
      return value > other
    case 'SCMP_CMP_MASKED_EQ':
      return (value & other) === Number(valueTwo ?? 0)
    default:
      return value === other
  }
}

/**
 * A family of socket(2) is listed by value with a mask of 32 bits: libseccomp compares 64, so that "not 40" would let 2^32 + 40 through, of which the kernel
 * reads 40.
 */
function socketArgs(args: readonly OciSeccompArg[]): OciSeccompArg[][] | null {
  const [family] = args
  if (args.length !== 1 || family?.index !== 0) return null
  return Array.from({ length: LARGEST_FAMILY + 1 }, (_, value) => value)
    .filter((value) => meets(value, family))
    .map((value) => [{ index: 0, value: LOW_WORD, valueTwo: value, op: 'SCMP_CMP_MASKED_EQ' }])
}

function rulesOf(rule: ProfileRule, index: number): OciSeccompRule[] {
  const where = `syscalls[${index}]`
  const names = rule.names ?? (rule.name === undefined ? [] : [rule.name])
  const base = {
    action: action(rule.action, where),
    ...(rule.errnoRet === undefined ? {} : { errnoRet: rule.errnoRet }),
  }
  const args = (rule.args ?? []).map((each) => argument(each, where))
  const families = names.includes('socket') ? socketArgs(args) : null
  const others = families === null ? names : names.filter((name) => name !== 'socket')
  return [
    ...(families ?? []).map((each) => ({ names: ['socket'], ...base, args: each })),
    ...(others.length === 0 ? [] : [withoutEmpty({ names: others, ...base, args })]),
  ]
}

/**
 * A profile as the specification has it: the rules of Docker's form that hang on capabilities, machine or kernel are decided. Pure.
 *
 * @throws ExecdError EXECD_SECCOMP for what has no meaning there.
 */
export function toOciSeccomp(profile: SeccompProfile, context: SeccompContext): OciSeccomp {
  const rules = (profile.syscalls ?? []).flatMap((rule, index) =>
    takesPart(rule, context) ? rulesOf(rule, index) : [],
  )
  return withoutEmpty({
    defaultAction: action(profile.defaultAction, 'defaultAction'),
    defaultErrnoRet: profile.defaultErrnoRet,
    architectures: architecturesOf(profile, context),
    flags: profile.flags,
    syscalls: rules,
  }) as OciSeccomp
}
