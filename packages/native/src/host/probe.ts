import { ExecdError, type ProbeCheck, type ProbeReport } from '@execd/core/driver'
import { cgroupChecks, describeLayout } from '@execd/linux/cgroup'
import { userName } from '@execd/linux/rootless'
import { interfaceCheck } from '../network/support.js'
import type { Host } from './host.js'
import { idRangeCheck } from './id-range-check.js'
import {
  nestingCheck,
  overlayCheck,
  procfsCheck,
  seccompCheck,
  userNamespaceCheck,
} from './namespace-checks.js'
import { readSurroundings } from './surroundings.js'
import { tryNamespaces } from './trials.js'

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

function stateCheck(stateFolder: () => string): ProbeCheck {
  const base = { name: 'state-folder', required: false }
  try {
    return { ...base, status: 'ok', reason: stateFolder() }
  } catch (error) {
    if (!ExecdError.is(error)) throw error
    const reason = `no detached containers, and what dead owners leave cannot be told from others: ${error.message}`
    return { ...base, status: 'degraded', reason, hint: error.hint }
  }
}

/** What the host allows this driver, with reasons and hints. `stateFolder`: its path, or the error of what is wrong with it. */
export async function nativeProbe(
  host: Host,
  helper: () => Promise<unknown>,
  stateFolder: () => string,
): Promise<ProbeReport> {
  const { facts, cgroups } = host
  const around = readSurroundings()
  const trials = await tryNamespaces(facts.privileged)
  const checks = [
    kernelCheck(facts.kernel),
    await helperCheck(helper),
    nestingCheck(around),
    userNamespaceCheck(facts.privileged, trials, around),
    procfsCheck(trials, around),
    idRangeCheck(facts, userName()),
    seccompCheck(around),
    overlayCheck(facts.privileged, trials, around),
    interfaceCheck(facts),
    stateCheck(stateFolder),
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
