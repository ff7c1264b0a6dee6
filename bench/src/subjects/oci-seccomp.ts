import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'

/** Its minimal kernel version, 4.8 at most, is older than what Node needs. */
interface Condition {
  readonly caps?: readonly string[]
  readonly arches?: readonly string[]
}

/** A rule of Docker's profile: one of the OCI runtime specification, with conditions. */
export interface ProfileRule {
  readonly names: readonly string[]
  readonly action: string
  readonly errnoRet?: number
  readonly args?: ReadonlyArray<{ index: number; value: number; valueTwo?: number; op: string }>
  readonly includes?: Condition
  readonly excludes?: Condition
}

export interface Profile {
  readonly defaultAction: string
  readonly defaultErrnoRet: number
  readonly archMap: ReadonlyArray<{ architecture: string; subArchitectures: readonly string[] }>
  readonly syscalls: readonly ProfileRule[]
}

const GO_ARCH: Readonly<Record<string, { name: string; seccomp: string }>> = {
  x64: { name: 'amd64', seccomp: 'SCMP_ARCH_X86_64' },
  arm64: { name: 'arm64', seccomp: 'SCMP_ARCH_AARCH64' },
}

/** Docker's profile as the OCI runtimes take it, for a set of capabilities, as an engine above them would resolve it. */
export function ociSeccomp(profile: Profile, capabilities: readonly string[], arch: string): object {
  const { name, seccomp } = GO_ARCH[arch] ?? { name: arch, seccomp: '' }
  const holds = ({ caps, arches }: Condition): boolean =>
    (caps ?? []).every((cap) => capabilities.includes(cap)) && (arches === undefined || arches.includes(name))
  const excluded = ({ caps, arches }: Condition): boolean =>
    (caps ?? []).some((cap) => capabilities.includes(cap)) || (arches ?? []).includes(name)
  const rules = profile.syscalls.filter(
    ({ includes, excludes }) => holds(includes ?? {}) && !excluded(excludes ?? {}),
  )
  const sub = profile.archMap.find(({ architecture }) => architecture === seccomp)?.subArchitectures ?? []
  return {
    defaultAction: profile.defaultAction,
    defaultErrnoRet: profile.defaultErrnoRet,
    architectures: [seccomp, ...sub],
    syscalls: rules.map(({ names, action, errnoRet, args }) => ({ names, action, errnoRet, args })),
  }
}

/** The profile that @execd/native applies by default, from its published files: peers get the same filter. */
export function readDefaultProfile(): Profile {
  const native = dirname(createRequire(import.meta.url).resolve('@execd/native/package.json'))
  return JSON.parse(readFileSync(join(native, 'data', 'seccomp-default.json'), 'utf8')) as Profile
}
