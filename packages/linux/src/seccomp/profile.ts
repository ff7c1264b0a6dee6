/**
 * What a filter does with a call, by the names of the OCI runtime specification.
 *
 * `SCMP_ACT_KILL` is the older name of `SCMP_ACT_KILL_THREAD`. `SCMP_ACT_NOTIFY` is not here: it needs an agent that
 * answers on a listener descriptor, and a profile that asks for it is refused.
 */
export type SeccompAction =
  | 'SCMP_ACT_ALLOW'
  | 'SCMP_ACT_ERRNO'
  | 'SCMP_ACT_KILL'
  | 'SCMP_ACT_KILL_PROCESS'
  | 'SCMP_ACT_KILL_THREAD'
  | 'SCMP_ACT_LOG'
  | 'SCMP_ACT_TRACE'
  | 'SCMP_ACT_TRAP'

/** How an argument is compared. All comparisons are unsigned. */
export type SeccompOperator =
  | 'SCMP_CMP_EQ'
  | 'SCMP_CMP_GE'
  | 'SCMP_CMP_GT'
  | 'SCMP_CMP_LE'
  | 'SCMP_CMP_LT'
  | 'SCMP_CMP_MASKED_EQ'
  | 'SCMP_CMP_NE'

/**
 * A number of up to 64 bits. JSON numbers hold 53 of them exactly; larger ones are written as a decimal or
 * hexadecimal string (`'0xffffffff00000000'`) or a bigint.
 */
export type SeccompValue = number | bigint | string

/** One condition on one argument. */
export interface SeccompArg {
  /** Which argument, 0 to 5. */
  readonly index: number
  /** What it is compared with; for `SCMP_CMP_MASKED_EQ` the mask. */
  readonly value: SeccompValue
  /** Only for `SCMP_CMP_MASKED_EQ`: what the masked argument must equal. Default 0. */
  readonly valueTwo?: SeccompValue
  readonly op: SeccompOperator
}

/** When a rule of Docker's profile form takes part at all. */
export interface SeccompRuleFilter {
  /** Capabilities of the bounding set: `includes` wants all of them, `excludes` none. */
  readonly caps?: readonly string[]
  /** Architectures by their GOARCH names. They name the machine, so a rule applies to all its tables or to none. */
  readonly arches?: readonly string[]
  /** A kernel version, `major.minor`: `includes` wants at least this, `excludes` less. */
  readonly minKernel?: string
}

/**
 * What happens to some calls. The conditions of one rule must all hold. When several rules of a call match, the
 * strictest action wins, by the kernel's own order: kill process, kill thread, trap, errno, trace, log, allow.
 */
export interface SeccompRule {
  readonly names?: readonly string[]
  /** One name; the old form of `names`, never both. */
  readonly name?: string
  readonly action: SeccompAction
  /** The errno of `SCMP_ACT_ERRNO` or the message of `SCMP_ACT_TRACE`. Default 1, EPERM. */
  readonly errnoRet?: number
  readonly args?: readonly SeccompArg[] | null
  readonly comment?: string
  readonly includes?: SeccompRuleFilter
  readonly excludes?: SeccompRuleFilter
}

/** The tables that a machine's own architecture brings along, in Docker's profile form. */
export interface SeccompArchMapEntry {
  readonly architecture: string
  readonly subArchitectures?: readonly string[] | null
}

/** A seccomp profile: `linux.seccomp` of the OCI runtime specification, or a profile file as Docker takes it. */
export interface SeccompProfile {
  /** What happens to a call that no rule matches. */
  readonly defaultAction: SeccompAction
  /** The errno of the default action. Default 1, EPERM. */
  readonly defaultErrnoRet?: number
  /** Tables to filter; the machine's own is always one. Calls through a table not listed kill the process. */
  readonly architectures?: readonly string[]
  /** Instead of `architectures`: the tables for each machine. */
  readonly archMap?: readonly SeccompArchMapEntry[]
  /** Flags of seccomp(2): `SECCOMP_FILTER_FLAG_TSYNC`, `_LOG`, `_SPEC_ALLOW`. Default none. */
  readonly flags?: readonly string[]
  readonly syscalls?: readonly SeccompRule[]
}
