import { readData } from './data-file.js'
import type { SeccompProfile } from './profile.js'

let loaded: { profile: SeccompProfile; names: ReadonlySet<string> } | undefined

/**
 * Docker's default profile (github.com/moby/profiles, `seccomp/default.json`), unchanged and frozen. Read from the
 * package at the first call, then kept. To change it, copy it: `structuredClone(loadDefaultProfile())`.
 */
export function loadDefaultProfile(): SeccompProfile {
  return load().profile
}

/** Names the default profile has, also those that only machines have for which there is no table here. */
export function isInDefaultProfile(name: string): boolean {
  return load().names.has(name)
}

function load() {
  if (!loaded) {
    const profile = freeze(readData('seccomp-default.json')) as SeccompProfile
    loaded = { profile, names: new Set((profile.syscalls ?? []).flatMap((rule) => rule.names ?? [])) }
  }
  return loaded
}

function freeze(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value
  for (const member of Object.values(value)) freeze(member)
  return Object.freeze(value)
}
