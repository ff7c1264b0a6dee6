import { readFileSync } from 'node:fs'
import type { SeccompProfile } from './seccomp-profile.js'

let profile: SeccompProfile | undefined

/** Docker's default profile, read once. */
export function defaultProfile(): SeccompProfile {
  profile ??= JSON.parse(
    readFileSync(new URL('../../data/seccomp-default.json', import.meta.url), 'utf8'),
  ) as SeccompProfile
  return profile
}
