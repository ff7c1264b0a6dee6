import { MACHINES, type SeccompMachine } from './arches.js'
import { isAtLeast, type KernelVersion, parseKernel } from './kernel-version.js'
import type { SeccompProfile, SeccompRule, SeccompRuleFilter } from './profile.js'

/** What the conditions of Docker's profile form are decided by. */
export interface RuleContext {
  readonly arch: SeccompMachine
  readonly capabilities: ReadonlySet<string>
  readonly kernel: KernelVersion
}

/** A context from what Node and core have: `process.arch`, names such as "CAP_CHOWN", `os.release()`. Throws TypeError for a release that is none. */
export function ruleContext(
  arch: SeccompMachine,
  capabilities: Iterable<string>,
  release: string,
): RuleContext {
  const kernel = parseKernel(release)
  if (!kernel) throw new TypeError(`seccomp: kernel ${String(release)} does not begin with major.minor`)
  return { arch, capabilities: new Set(capabilities), kernel }
}

/** Whether a rule takes part on this machine and kernel, with these capabilities. Pure. */
export function ruleApplies(rule: SeccompRule, context: RuleContext): boolean {
  const { includes = {}, excludes = {} } = rule
  const { goarch } = MACHINES[context.arch]
  return (
    (includes.caps ?? []).every((name) => context.capabilities.has(name)) &&
    !(excludes.caps ?? []).some((name) => context.capabilities.has(name)) &&
    (!includes.arches?.length || includes.arches.includes(goarch)) &&
    !excludes.arches?.includes(goarch) &&
    kernelIn(includes, context) !== false &&
    kernelIn(excludes, context) !== true
  )
}

function kernelIn(filter: SeccompRuleFilter, context: RuleContext): boolean | undefined {
  const least = filter.minKernel === undefined ? undefined : parseKernel(filter.minKernel)
  return least && isAtLeast(context.kernel, least)
}

/** The calls that a rule is about. */
export function namesOf(rule: SeccompRule): readonly string[] {
  return rule.names ?? (rule.name === undefined ? [] : [rule.name])
}

/** The architectures that a profile lists beside the machine's own, or that go with it in Docker's form. */
export function listedArchitectures(profile: SeccompProfile, arch: SeccompMachine): readonly string[] {
  const mapped = profile.archMap?.find(({ architecture }) => architecture === MACHINES[arch].scmp)
  return profile.architectures ?? mapped?.subArchitectures ?? []
}
