import { ExecdError, type ProbeCheck, type ProbeReport } from '@execd/core/driver'
import { cgroupChecks, describeLayout } from '@execd/linux/cgroup'
import { featureCheck } from '@execd/linux/kernel'
import type { Host } from './host/host.js'
import { keeperProgram } from './keeper/program.js'
import type { CheckedOptions } from './options.js'
import { findRuntime } from './runtime/find-runtime.js'

async function check(name: string, look: () => string | Promise<string>): Promise<ProbeCheck> {
  const base = { name, required: true }
  try {
    return { ...base, status: 'ok', reason: await look() }
  } catch (error) {
    if (!ExecdError.is(error)) throw error
    return { ...base, status: 'missing', reason: error.message, hint: error.hint }
  }
}

function rootCheck({ root }: Host): ProbeCheck {
  const base = { name: 'root', required: true }
  return root
    ? { ...base, status: 'ok', reason: 'this process is root' }
    : {
        ...base,
        status: 'missing',
        reason:
          'this process is not root, and this version of the driver runs no containers of an ordinary user',
        hint: 'run as root, or use the native driver, which runs containers as an ordinary user',
      }
}

/** What the host allows this driver. */
export async function ociProbe(host: Host, options: CheckedOptions): Promise<ProbeReport> {
  let runtime = 'none'
  const checks: ProbeCheck[] = [
    await check('runtime', async () => {
      const { text, path } = await findRuntime(options)
      runtime = text
      return `${text} (${path})`
    }),
    await check('keeper', keeperProgram),
    rootCheck(host),
    ...cgroupChecks(host.cgroups),
    featureCheck('overlayfs', host.overlay, 'a rootfs of layers', 'as root: modprobe overlay'),
    featureCheck('seccomp', host.seccomp, 'a system call filter', 'use a kernel with CONFIG_SECCOMP_FILTER'),
    featureCheck('apparmor', host.apparmor, '`process.apparmorProfile`', 'boot with AppArmor'),
    featureCheck('selinux', host.selinux, '`process.selinuxLabel`', 'boot with SELinux'),
  ]
  return {
    driver: 'oci',
    usable: checks.every(({ required, status }) => !required || status !== 'missing'),
    checks,
    facts: {
      runtime,
      kernel: host.kernel,
      cgroup: describeLayout(host.cgroups.layout),
      state: options.stateDir,
    },
  }
}
