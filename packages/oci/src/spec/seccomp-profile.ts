/** When a rule of Docker's form takes part at all. */
export interface RuleFilter {
  readonly caps?: readonly string[]
  /** By GOARCH name. */
  readonly arches?: readonly string[]
  readonly minKernel?: string
}

/** A comparison of an argument. Values above 2^53 are strings. */
export interface ProfileArg {
  readonly index: number
  readonly value: number | string
  readonly valueTwo?: number | string
  readonly op: string
}

export interface ProfileRule {
  readonly names?: readonly string[]
  readonly name?: string
  readonly action: string
  readonly errnoRet?: number
  readonly args?: readonly ProfileArg[] | null
  readonly includes?: RuleFilter
  readonly excludes?: RuleFilter
}

/** A profile in the OCI form or Docker's. */
export interface SeccompProfile {
  readonly defaultAction: string
  readonly defaultErrnoRet?: number
  readonly architectures?: readonly string[]
  readonly archMap?: ReadonlyArray<{
    readonly architecture: string
    readonly subArchitectures?: readonly string[] | null
  }>
  readonly flags?: readonly string[]
  readonly syscalls?: readonly ProfileRule[]
}

/** What a profile is resolved for. */
export interface SeccompContext {
  readonly arch: 'x64' | 'arm64'
  /** Capabilities of the process. */
  readonly capabilities: readonly string[]
  /** Release of the kernel, such as "6.1.0". */
  readonly kernel: string
}

const MACHINES = {
  x64: { goarch: 'amd64', scmp: 'SCMP_ARCH_X86_64' },
  arm64: { goarch: 'arm64', scmp: 'SCMP_ARCH_AARCH64' },
} as const

/** The machine's own architecture and those that go with it, by the names of libseccomp. */
export function architecturesOf(profile: SeccompProfile, { arch }: SeccompContext): readonly string[] {
  const { scmp } = MACHINES[arch]
  if (profile.architectures !== undefined) return profile.architectures
  const entry = profile.archMap?.find(({ architecture }) => architecture === scmp)
  return [scmp, ...(entry?.subArchitectures ?? [])]
}

const versionOf = (text: string): [number, number] => {
  const [major = 0, minor = 0] = text.split('.').map((part) => Number.parseInt(part, 10))
  return [major, minor]
}

function kernelIn({ minKernel }: RuleFilter, { kernel }: SeccompContext): boolean | null {
  if (minKernel === undefined) return null
  const [major, minor] = versionOf(kernel)
  const [least, leastMinor] = versionOf(minKernel)
  return major > least || (major === least && minor >= leastMinor)
}

/** Whether a rule counts for this machine, kernel and set of capabilities. */
export function takesPart({ includes = {}, excludes = {} }: ProfileRule, context: SeccompContext): boolean {
  const { goarch } = MACHINES[context.arch]
  return (
    (includes.caps ?? []).every((name) => context.capabilities.includes(name)) &&
    !(excludes.caps ?? []).some((name) => context.capabilities.includes(name)) &&
    (!includes.arches?.length || includes.arches.includes(goarch)) &&
    !excludes.arches?.includes(goarch) &&
    kernelIn(includes, context) !== false &&
    kernelIn(excludes, context) !== true
  )
}
