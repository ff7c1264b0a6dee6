import type { SeccompArg, SeccompProfile, SeccompRule } from '../../../dist/seccomp/index.js'

/**
 * What a profile means, read off it rule by rule: the specification that compiled programs are compared with. Holds for
 * profiles whose rules all take part, and for known calls that are not newer than the profile.
 */
export function expectedReturn(
  profile: SeccompProfile,
  name: string,
  args: readonly bigint[],
  widthOf: (index: number) => number,
): number {
  const matching = (profile.syscalls ?? []).filter(
    (rule) =>
      rule.names?.includes(name) && (rule.args ?? []).every((arg) => holds(arg, args, widthOf(arg.index))),
  )
  const strictest = [...matching].sort((a, b) => ORDER.indexOf(a.action) - ORDER.indexOf(b.action))[0]
  return strictest
    ? returnOf(strictest.action, strictest.errnoRet)
    : returnOf(profile.defaultAction, profile.defaultErrnoRet)
}

/** Strict to lax, as seccomp(2) has it. */
const ORDER: readonly SeccompRule['action'][] = [
  'SCMP_ACT_KILL_PROCESS',
  'SCMP_ACT_KILL_THREAD',
  'SCMP_ACT_TRAP',
  'SCMP_ACT_ERRNO',
  'SCMP_ACT_TRACE',
  'SCMP_ACT_LOG',
  'SCMP_ACT_ALLOW',
]

function returnOf(action: SeccompRule['action'], data = 1): number {
  switch (action) {
    case 'SCMP_ACT_KILL_PROCESS':
      return 0x80000000
    case 'SCMP_ACT_KILL':
    case 'SCMP_ACT_KILL_THREAD':
      return 0
    case 'SCMP_ACT_TRAP':
      return 0x00030000
    case 'SCMP_ACT_ERRNO':
      return 0x00050000 + data
    case 'SCMP_ACT_TRACE':
      return 0x7ff00000 + data
    case 'SCMP_ACT_LOG':
      return 0x7ffc0000
    case 'SCMP_ACT_ALLOW':
      return 0x7fff0000
  }
}

function holds(arg: SeccompArg, args: readonly bigint[], width: number): boolean {
  const argument = BigInt.asUintN(width, args[arg.index] ?? 0n)
  const written = BigInt(arg.value)
  const isEquality = arg.op === 'SCMP_CMP_EQ' || arg.op === 'SCMP_CMP_NE'
  const value =
    isEquality && width === 32 && written >= 0xffffffff80000000n ? BigInt.asUintN(32, written) : written
  switch (arg.op) {
    case 'SCMP_CMP_EQ':
      return argument === value
    case 'SCMP_CMP_NE':
      return argument !== value
    case 'SCMP_CMP_GT':
      return argument > value
    case 'SCMP_CMP_GE':
      return argument >= value
    case 'SCMP_CMP_LT':
      return argument < value
    case 'SCMP_CMP_LE':
      return argument <= value
    case 'SCMP_CMP_MASKED_EQ':
      return (argument & value) === BigInt(arg.valueTwo ?? 0)
  }
}
