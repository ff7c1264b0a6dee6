import { existsSync, statSync } from 'node:fs'
import { effectiveCapabilities, type ProcessSpec } from '@execd/core/driver'
import { resolveInRoot } from '@execd/linux/rootfs'
import { lxcError, unsupported } from '../errors.js'
import type { LxcContainer } from './context.js'
import { checkProgram } from './prepare.js'

/** What lxc-attach has no option for: equal to the container's own, or refused. */
export function checkExec(process: ProcessSpec, container: LxcContainer): void {
  const own = container.command.process
  checkProgram(process.args[0] ?? '')
  const set = (spec: ProcessSpec): string => effectiveCapabilities(spec.capabilities).join()
  if (set(process) !== set(own))
    throw unsupported(
      'process.capabilities',
      'lxc-attach gives a process the capabilities of the container, no others',
      "leave them as the container's",
    )
  if (process.noNewPrivileges !== own.noNewPrivileges)
    throw unsupported(
      'process.noNewPrivileges',
      'lxc-attach takes it from the container, where it is different',
      "leave it as the container's",
    )
  if (process.apparmorProfile !== own.apparmorProfile)
    throw unsupported('process.apparmorProfile', "lxc-attach enters the container's own")
  if (process.selinuxLabel !== own.selinuxLabel)
    throw unsupported('process.selinuxLabel', "lxc-attach enters the container's own")
  if (process.capabilities.ambient.length > 0)
    throw unsupported('process.capabilities.ambient', 'LXC raises no ambient capabilities')
}

/** lxc-attach changes into the folder it was started in, by the same path inside; so the host must have one of that path. */
export function checkExecCwd(cwd: string, root: string): void {
  const real = cwd.startsWith('/proc/') ? null : resolveInRoot([root], cwd)
  if (real === null || real.startsWith('/proc/') || !existsSync(`${root}${real}`))
    throw lxcError(
      'EXECD_WORKING_DIRECTORY',
      `the working directory ${cwd} does not exist in the container`,
      { details: { path: 'process.cwd' } },
    )
  if (!statSync(cwd, { throwIfNoEntry: false })?.isDirectory())
    throw unsupported(
      'process.cwd',
      'lxc-attach has no option for the working directory, and takes only one that the host has too',
      'leave it "/" and run a shell that changes it: ["sh", "-c", "cd DIR && exec PROGRAM"]',
    )
}
