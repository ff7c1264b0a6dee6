import { writeFileSync } from 'node:fs'
import { effectiveCapabilities } from '@execd/core/driver'
import { loadDefaultProfile, type SeccompProfile, syscallNames } from '@execd/linux/seccomp'
import { renderSeccomp } from '../config/seccomp.js'
import { fileError } from '../errors.js'
import type { Host } from '../host/host.js'
import type { DriverContext, LxcContainer } from './context.js'

/** File of the seccomp policy for a container; null for none. The same policy is written once in a state folder. Throws EXECD_SECCOMP. */
export function policyFile(
  context: DriverContext,
  { command, state }: LxcContainer,
  host: Host,
): string | null {
  if (command.seccomp === 'unconfined') return null
  const capabilities = effectiveCapabilities(command.process.capabilities)
  const key = JSON.stringify([state.seccomp, command.seccomp, capabilities])
  const known = context.policies.get(key)
  if (known !== undefined) return known
  const profile = command.seccomp === 'default' ? loadDefaultProfile() : (command.seccomp as SeccompProfile)
  const policy = renderSeccomp(profile, {
    arch: process.arch === 'arm64' ? 'arm64' : 'x64',
    capabilities,
    kernel: host.kernel,
    known: syscallNames(),
  })
  const path = `${state.seccomp}/${context.policies.size}`
  try {
    writeFileSync(path, policy, { mode: 0o600 })
  } catch (error) {
    throw fileError('EXECD_START_FAILED', 'write the seccomp policy', error)
  }
  if (state === context.state) context.policies.set(key, path)
  return path
}
