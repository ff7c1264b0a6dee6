import { type Command, ExecdError, effectiveCapabilities, type ProcessSpec } from '@execd/core/driver'
import type { HostFacts } from '../host/facts.js'
import type { Filter } from '../isolation/process.js'
import type { SeccompProfile } from '../seccomp/index.js'

/** The filter that a process of the container gets: null for none. Rejects with EXECD_SECCOMP for a profile that makes no sense. */
export async function seccompFilter(
  command: Command,
  process: ProcessSpec,
  host: HostFacts,
): Promise<Filter | null> {
  if (command.seccomp === 'unconfined') return null
  // takes 13 ms once: not wanted by those who only load the driver
  const { compileSeccomp, loadDefaultProfile, SeccompProfileError } = await import('../seccomp/index.js')
  const profile = command.seccomp === 'default' ? loadDefaultProfile() : (command.seccomp as SeccompProfile)
  const context = {
    arch: host.arch,
    capabilities: effectiveCapabilities(process.capabilities),
    kernel: host.kernel,
  }
  try {
    return compileSeccomp(profile, context)
  } catch (error) {
    if (!(error instanceof SeccompProfileError)) throw error
    throw new ExecdError('EXECD_SECCOMP', error.message, {
      hint: 'the profile has the form of `linux.seccomp` of the OCI runtime specification, or of a Docker profile',
      details: {
        driver: 'native',
        path: `seccomp.${error.path}`,
        got: String(error.got),
        wanted: error.wanted,
      },
    })
  }
}
