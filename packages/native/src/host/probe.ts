import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { ExecdError, type ProbeCheck, type ProbeReport } from '@execd/core/driver'
import { cgroupChecks, describeLayout } from '@execd/linux/cgroup'
import { interfaceCheck } from '../network/support.js'
import type { Host } from './host.js'

const OLDEST_KERNEL: readonly [number, number] = [5, 12] // mount_setattr(2)

function kernelCheck(release: string): ProbeCheck {
  const [major = 0, minor = 0] = release.split('.').map(Number)
  const [wantedMajor, wantedMinor] = OLDEST_KERNEL
  const enough = major > wantedMajor || (major === wantedMajor && minor >= wantedMinor)
  return {
    name: 'kernel',
    required: true,
    status: enough ? 'ok' : 'missing',
    reason: `Linux ${release}`,
    ...(enough ? {} : { hint: 'Linux 5.12 or later is needed (mount_setattr)' }),
  }
}

function readNumber(path: string): number | null {
  try {
    return Number(readFileSync(path, 'utf8').trim())
  } catch {
    return null
  }
}

/** Whether an ordinary user may make user namespaces: tried, and when it fails the likely switch is named. */
function userNamespaceCheck(host: Host): ProbeCheck {
  const base = { name: 'user-namespaces', required: !host.facts.privileged }
  if (host.facts.privileged) return { ...base, status: 'ok', reason: 'not needed: this process is root' }
  const switches: ReadonlyArray<readonly [path: string, bad: number, hint: string]> = [
    ['/proc/sys/user/max_user_namespaces', 0, 'as root: sysctl -w user.max_user_namespaces=15000'],
    [
      '/proc/sys/kernel/unprivileged_userns_clone',
      0,
      'as root: sysctl -w kernel.unprivileged_userns_clone=1',
    ],
    [
      '/proc/sys/kernel/apparmor_restrict_unprivileged_userns',
      1,
      'as root: sysctl -w kernel.apparmor_restrict_unprivileged_userns=0, or give node an AppArmor profile with "userns,"',
    ],
  ]
  const tried = spawnSync('unshare', ['--user', '--map-root-user', 'true'], {
    stdio: 'ignore',
    timeout: 5000,
  })
  const found = switches.find(([path, bad]) => readNumber(path) === bad)
  if (tried.status === 0)
    return { ...base, status: 'ok', reason: 'an ordinary user may make user namespaces' }
  if (found === undefined && tried.error !== undefined) {
    return {
      ...base,
      status: 'degraded',
      reason: 'could not be tried: unshare(1) is missing',
      hint: 'install util-linux',
    }
  }
  return {
    ...base,
    status: 'missing',
    reason:
      found === undefined
        ? 'the kernel or an outer sandbox forbids user namespaces'
        : `${found[0]} is ${found[1]}`,
    hint:
      found?.[2] ??
      'run as root, or allow user namespaces in the outer container (docker run --security-opt seccomp=unconfined)',
  }
}

function idRangeCheck(host: Host): ProbeCheck {
  const { facts } = host
  const base = { name: 'id-ranges', required: false }
  if (facts.privileged) return { ...base, status: 'ok', reason: 'not needed: this process is root' }
  if (facts.idMapTools && facts.subuids.length > 0 && facts.subgids.length > 0) {
    return {
      ...base,
      status: 'ok',
      reason: '/etc/subuid and /etc/subgid grant ranges, and newuidmap is installed',
    }
  }
  return {
    ...base,
    status: 'degraded',
    reason: facts.idMapTools
      ? '/etc/subuid or /etc/subgid grant this user nothing'
      : 'newuidmap and newgidmap are not installed',
    hint: 'containers get one user and one group id; for more: apt-get install uidmap; usermod --add-subuids 100000-165535 --add-subgids 100000-165535 USER',
  }
}

function seccompCheck(): ProbeCheck {
  let actions = ''
  try {
    actions = readFileSync('/proc/sys/kernel/seccomp/actions_avail', 'utf8').trim()
  } catch {
    // no seccomp in this kernel
  }
  const base = { name: 'seccomp', required: true }
  return actions === ''
    ? {
        ...base,
        status: 'missing',
        reason: 'the kernel has no seccomp filters',
        hint: 'use a kernel with CONFIG_SECCOMP_FILTER',
      }
    : { ...base, status: 'ok', reason: actions }
}

function overlayCheck(): ProbeCheck {
  let known = false
  try {
    known = /\toverlay$/m.test(readFileSync('/proc/filesystems', 'utf8'))
  } catch {
    // no /proc: the helper check says so
  }
  const base = { name: 'overlay', required: false }
  return known
    ? { ...base, status: 'ok', reason: 'overlayfs is there' }
    : {
        ...base,
        status: 'degraded',
        reason: 'overlayfs is not loaded',
        hint: 'as root: modprobe overlay (needed for rootfs of type "overlay" and "host")',
      }
}

async function helperCheck(helper: () => Promise<unknown>): Promise<ProbeCheck> {
  const base = { name: 'init-helper', required: true }
  try {
    await helper()
    return { ...base, status: 'ok', reason: 'the init helper is installed and whole' }
  } catch (error) {
    if (!ExecdError.is(error)) throw error
    return { ...base, status: 'missing', reason: error.message, hint: error.hint }
  }
}

/** What the host allows this driver, with reasons and hints. */
export async function nativeProbe(host: Host, helper: () => Promise<unknown>): Promise<ProbeReport> {
  const { facts, cgroups } = host
  const checks = [
    kernelCheck(facts.kernel),
    await helperCheck(helper),
    userNamespaceCheck(host),
    idRangeCheck(host),
    seccompCheck(),
    overlayCheck(),
    interfaceCheck(facts),
    ...cgroupChecks(cgroups),
  ]
  return {
    driver: 'native',
    usable: !checks.some((check) => check.required && check.status === 'missing'),
    checks,
    facts: {
      kernel: facts.kernel,
      architecture: facts.arch,
      user: facts.privileged ? 'root' : `ordinary (${facts.euid})`,
      cgroups: describeLayout(cgroups.layout),
      apparmor: facts.apparmor ? 'on' : 'off',
      selinux: facts.selinux ? 'on' : 'off',
    },
  }
}
