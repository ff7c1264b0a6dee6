import {
  listedArchitectures,
  MACHINES,
  type RuleContext,
  ruleApplies,
  type SeccompProfile,
} from '@execd/linux/seccomp'

/** Docker's profile as the OCI runtimes take it, as an engine above them would resolve it. */
export function ociSeccomp(profile: SeccompProfile, context: RuleContext): object {
  const rules = (profile.syscalls ?? []).filter((rule) => ruleApplies(rule, context))
  return {
    defaultAction: profile.defaultAction,
    defaultErrnoRet: profile.defaultErrnoRet,
    architectures: [MACHINES[context.arch].scmp, ...listedArchitectures(profile, context.arch)],
    syscalls: rules.map(({ names, action, errnoRet, args }) => ({ names, action, errnoRet, args })),
  }
}
